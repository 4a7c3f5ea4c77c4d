import { describe, expect, it } from 'vitest'
import { Refused, Unreachable } from './api/client'
import type { Incident } from './api/types'
import { conflictWords, stepTrouble, troubleOf } from './trouble'

const refused = (status: number, detail = '', more: Record<string, unknown> = {}): Refused => new Refused(status, 'title', detail, more, null)

describe('troubles', () => {
  it('are told apart', () => {
    expect(troubleOf(new Unreachable('x'))).toBe('offline')
    expect(troubleOf(refused(403))).toBe('forbidden')
    expect(troubleOf(refused(404))).toBe('gone')
    expect(troubleOf(refused(500))).toBe('failed')
    expect(troubleOf(new TypeError('x'))).toBe('failed')
  })
  it('of a step say that it was not done', () => {
    for (const error of [new Unreachable('x'), refused(403), refused(400, 'note: needed'), refused(500)]) {
      expect(stepTrouble(error)).toMatch(/^没有执行/)
    }
    expect(stepTrouble(refused(400, 'note: needed'))).toContain('note: needed')
    const role = { code: 'incident.step_role', params: { role: 'auditor', step: 'confirm' } }
    expect(stepTrouble(refused(403, '', role))).toBe('没有执行：审计员不能做“确认”')
    const errors = [{ field: 'note', expected: 'needed', code: 'incident.need', params: { step: 'dismiss' } }]
    expect(stepTrouble(refused(400, '', { code: 'bad_request', errors }))).toBe('没有执行：备注：“误报”须填写')
  })
  it('of two desks name who came first, when, with what', () => {
    const line = (at: string, who: string, what: string): Incident['timeline'][number] => ({ at, who, what, detail: {}, hash: what, incident: 'a', seq: 1 })
    const timeline = [
      line('2026-11-22T12:31:00Z', 'platform', 'opened'),
      line('2026-11-22T12:31:07Z', '李某', 'accepted'),
      line('2026-11-22T12:31:09Z', '王某', 'noted'),
    ]
    expect(conflictWords({ state: 'verifying', timeline } as unknown as Incident)).toContain('李某 已于 20:31:07 受理')
    expect(conflictWords({ state: 'verifying', timeline: [] } as unknown as Incident)).toContain('核实中')
  })
})
