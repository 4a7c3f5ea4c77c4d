import type { FloorDevices, PlanDevice } from '@shared/api/types'
import { describe, expect, it } from 'vitest'
import { moved, placeOf } from './usePlacing'

const device = (id: string, x: number | null, floor = '3'): PlanDevice => ({ id, name: id, address: id, type: 'smoke', state: 'in_service', condition: 'normal', conditions: [], floor, place: '', x, y: x, last_seen_at: null })
const floor: FloorDevices = { floor: '3', compartments: [], plan: null, placed: [device('a', 0.2), device('b', 0.4)], unplaced: [device('c', null, '')], more: false }

describe('a device that is moved', () => {
  it('stands at once where it was put, in the same order, and never outside the picture', () => {
    const after = moved(floor, 'a', { x: 1.4, y: -1 })
    expect(after.placed.map((each) => [each.id, each.x, each.y])).toEqual([['a', 1, 0], ['b', 0.4, 0.4]])
  })
  it('leaves the list beside the plan and gets its floor', () => {
    const after = moved(floor, 'c', { x: 0.5, y: 0.5 })
    expect(after.unplaced).toEqual([])
    expect(after.placed.at(-1)).toMatchObject({ id: 'c', floor: '3', x: 0.5 })
  })
  it('goes back beside it when it is taken off', () => {
    const after = moved(floor, 'b', null)
    expect(after.placed.map((each) => each.id)).toEqual(['a'])
    expect(placeOf(after.unplaced.find((each) => each.id === 'b'))).toBeNull()
  })
  it('is nobody: nothing changes', () => { expect(moved(floor, 'x', null)).toBe(floor) })
})
