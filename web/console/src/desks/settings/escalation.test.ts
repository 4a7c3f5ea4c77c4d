import { setLocale } from '@shared/i18n'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { differences, emptyRow, keepDraft, keptDraft, onlyWords, placed, placeWords, rowsOf, spanWords, waysWords, whenWords, whomWords, type Row } from './escalation'

const kept = new Map<string, string>()
const row = (more: Partial<Row>): Row => ({ ...emptyRow(), key: 'site', site: true, by: ['voice', 'sms'], ...more })
const rows = (...orange: Row[]): ReturnType<typeof rowsOf> => rowsOf({ rows: { I: [], II: orange } })

beforeEach(() => {
  kept.clear()
  vi.stubGlobal('localStorage', { setItem: (name: string, value: string) => kept.set(name, value), getItem: (name: string) => kept.get(name) ?? null, removeItem: (name: string) => kept.delete(name) })
  vi.stubGlobal('document', { documentElement: { lang: '' } })
  setLocale('zh')
})

describe('a row in words', () => {
  it('says when in the largest unit that holds it whole', () => {
    expect([0, 30, 90, 120, 14_400, 172_800].map(spanWords)).toEqual(['0 秒', '30 秒', '90 秒', '2 分钟', '4 小时', '2 天'])
    expect(whenWords(row({ after: 0 }))).toBe('立即')
    expect(whenWords(row({ after: 300, every: 300 }))).toBe('5 分钟后、此后每 5 分钟')
    expect(whenWords(row({ countdown: true }))).toBe('核实时限到时')
  })
  it('says whom, by what and within which limits', () => {
    expect(whomWords(row({ site: false, whom: ['manager', 'property'], which: 'next' }))).toBe('消防安全管理人、物业 · 下一联系人')
    expect(waysWords(row({ by: ['voice', 'wechat'], purpose: 'status' }))).toBe('电话、微信 · 处置进展')
    expect(onlyWords(row({ by_day: true, classes: [1, 2] }))).toBe('只在白天、只限 S1、S2')
    expect(onlyWords(row({}))).toBe('–')
  })
})

describe('two tables', () => {
  it('differ by rows of one name, whatever their order', () => {
    const before = rows(row({}), row({ key: 'near', after: 60 }), row({ key: 'old' }))
    const after = rows(row({ key: 'near', after: 60 }), row({ by: ['voice', 'sms', 'app'] }), row({ key: 'fresh' }))
    expect(differences(before, after).map((each) => [each.key, each.kind])).toEqual([['site', 'changed'], ['old', 'removed'], ['fresh', 'added']])
    expect(differences(before, after)[0]?.words).toEqual(['电话、短信 → 电话、短信、App'])
    expect(differences(before, before)).toEqual([])
  })
})

describe('a fault', () => {
  it('is placed at a row, a part or a grade', () => {
    const table = rows(row({}), row({ key: 'near' }))
    expect(placeWords(placed({ field: 'rows.II.1.by', expected: 'x', code: 'escalation.by' }), table)).toBe('II 级橙色预警 · 物业与微站 · 方式')
    expect(placeWords(placed({ field: 'rows.II.control_room', expected: 'x' }), table)).toBe('II 级橙色预警 · 消防控制室')
    expect(placed({ field: 'rows.II', expected: 'at most 40 rows', code: 'escalation.rows', params: { most: '40' } })).toEqual({ grade: 'II', row: null, part: '', words: '最多 40 行' })
  })
})

describe('the draft of this browser', () => {
  it('comes back to the account that made it and to nobody else', () => {
    keepDraft({ account: 'admin', base: 3, rows: rows(row({ after: 20 })) })
    expect(keptDraft('admin')?.rows.II.map((each) => each.after)).toEqual([20])
    expect(keptDraft('other')).toBeNull()
    kept.set('zhigan.escalation.draft', '{"account":"admin","base":3,"rows":7}')
    expect(keptDraft('admin')).toBeNull()
    keepDraft(null)
    expect(kept.has('zhigan.escalation.draft')).toBe(false)
  })
})
