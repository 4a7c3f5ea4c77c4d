import type { IncidentRow } from '@shared/api/types'
import { describe, expect, it } from 'vitest'
import { flood, FLOOD } from './flood'

type Why = IncidentRow['reasons'][number]['why']
let count = 0

function row(unit: string, kind: IncidentRow['kind'] = 'fault', why: Why = 'power_fault', area = '360825'): IncidentRow {
  count += 1
  return {
    id: `i${String(count)}`, version: 1, grade: 'IV', kind, state: 'open', queue: 'task', unit: { id: unit, code: unit, name: unit },
    opened_at: '2026-11-22T04:00:00Z', last_signal_at: '2026-11-22T04:00:00Z', received_at: '2026-11-22T04:00:00Z',
    reasons: [{ why, zh: why, en: why, facts: {} }], outcome: null, building: null, place: '', claimed_by: null, claimed_at: null,
    verify_by: null, answer_by: null, flags: [], lon: null, lat: null, cause: null, merged_into: null, steps: [], area,
  }
}
const many = (n: number, make: (each: number) => IncidentRow): IncidentRow[] => Array.from({ length: n }, (_, each) => make(each))

describe('the flood view', () => {
  it('leaves few rows as they are', () => {
    const rows = many(FLOOD, () => row('a'))
    expect(flood(rows).map((entry) => entry.row)).toEqual(rows)
  })
  it('makes a power cut in a district one row with a count', () => {
    const entries = flood(many(312, (each) => row(`u${String(each)}`)))
    expect(entries).toHaveLength(1)
    expect(entries[0]?.group).toMatchObject({ kind: 'fault', why: 'power_fault', unit: null, area: '360825' })
    expect(entries[0]?.group?.rows).toHaveLength(312)
  })
  it('names the unit where all are of one', () => {
    expect(flood(many(6, () => row('a')))[0]?.group?.unit?.name).toBe('a')
    expect(flood(many(6, () => row('a', 'fault', 'fault', '')))[0]?.group?.unit?.name).toBe('a')
  })
  it('never takes a fire in, whatever list it stands in', () => {
    const fires = many(9, () => row('a', 'fire', 'late_fire'))
    const video = many(9, () => row('a', 'facility', 'video_fire'))
    const faults = many(9, () => row('a'))
    const entries = flood([...fires, ...faults, ...video])
    expect(entries.filter((entry) => entry.row !== null).map((entry) => entry.row)).toEqual([...fires, ...video])
    expect(entries.flatMap((entry) => entry.group?.rows ?? [])).toEqual(faults)
  })
  it('never takes a desk row in', () => {
    const desk = many(9, () => ({ ...row('a', 'gas', 'gas_low'), queue: 'desk' as const, grade: 'II' as const }))
    expect(flood(desk).every((entry) => entry.group === null)).toBe(true)
  })
  it('keeps causes and districts apart, and stands where the first one stood', () => {
    const before = row('z', 'exit', 'exit_blocked')
    const power = many(6, () => row('a'))
    const links = many(6, () => row('a', 'link', 'link_lost'))
    const elsewhere = many(6, () => row('b', 'fault', 'power_fault', '360826'))
    const entries = flood([before, ...power, ...links, ...elsewhere])
    expect(entries.map((entry) => entry.row?.id ?? entry.group?.rows.length)).toEqual([before.id, 6, 6, 6])
  })
  it('loses nothing and doubles nothing', () => {
    const rows = many(200, (each) => row(`u${String(each % 7)}`, each % 3 === 0 ? 'fire' : 'link', 'link_lost', each % 2 === 0 ? '360825' : ''))
    const ids = flood(rows).flatMap((entry) => (entry.row !== null ? [entry.row.id] : entry.group.rows.map((each) => each.id)))
    expect(ids.toSorted()).toEqual(rows.map((each) => each.id).toSorted())
  })
})
