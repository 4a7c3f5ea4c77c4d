import type { Group, IncidentRow } from '@shared/api/types'
import { describe, expect, it } from 'vitest'
import { entries, keyOf, questionOf } from './flood'

const moment = (minute: number): string => `2026-11-22T04:${String(minute).padStart(2, '0')}:00Z`
const row = (minute: number): IncidentRow => ({ id: `r${String(minute)}`, received_at: moment(minute) }) as IncidentRow
function group(minute: number, given: Partial<Group> = {}): Group {
  return {
    level: 'area', area: '360825', unit: null, building: null, kind: 'fault', why: 'power_fault', grade: 'III', count: 312, units: 300,
    newest_at: moment(minute), oldest_at: moment(0), ...given,
  }
}
const names = (rows: IncidentRow[], groups: Group[]): string[] => entries(rows, groups).map((each) => each.row?.id ?? `g${String(each.group?.newest_at.slice(14, 16))}`)

describe('the flood view', () => {
  it('puts each group where its newest row would stand, and loses nothing', () => {
    expect(names([row(50), row(20), row(10)], [group(15), group(55), group(5)])).toEqual(['g55', 'r50', 'r20', 'g15', 'r10', 'g05'])
  })
  it('shows groups alone and rows alone', () => {
    expect(names([], [group(1), group(2)])).toEqual(['g02', 'g01'])
    expect(names([row(3)], [])).toEqual(['r3'])
    expect(names([], [])).toEqual([])
  })
  it('opens a district by its cause, and a building by its unit too', () => {
    expect(questionOf(group(1))).toEqual({ open: true, brief: true, area: '360825', kind: 'fault', why: 'power_fault' })
    const unit = { id: 'u', code: 'U', name: '一院' }
    expect(questionOf(group(1, { level: 'building', unit, building: { id: 'b', code: '1', name: '1号楼' } }))).toMatchObject({ unit_id: 'u', building_id: 'b' })
  })
  it('asks for what stands in no building, and for what has no reason', () => {
    const unit = { id: 'u', code: 'U', name: '一院' }
    expect(questionOf(group(1, { level: 'building', unit, why: '' }))).toMatchObject({ building_id: 'none', why: 'none' })
  })
  it('tells groups apart by all that makes them', () => {
    const keys = [group(1), group(1, { area: '360826' }), group(1, { kind: 'link' }), group(1, { why: 'link_lost' }), group(1, { level: 'building' })].map(keyOf)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
