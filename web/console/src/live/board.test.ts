import { describe, expect, it } from 'vitest'
import type { IncidentRow, LiveIncident } from '@shared/api/types'
import { gone, mergeEvent, mergeRows, type Board } from './board'
import { compare, countdown, counts, ordered, present } from './queue'
import { endsMute, sounding, toSpeak } from './sounding'

const NONE: ReadonlyMap<string, number> = new Map()
const T0 = Date.parse('2026-11-22T20:30:00+08:00')
const at = (seconds: number): string => new Date(T0 + seconds * 1000).toISOString()

function row(id: string, fields: Partial<IncidentRow> = {}): IncidentRow {
  return {
    id, version: 1, grade: 'II', reasons: [], kind: 'fire', state: 'open', outcome: null, unit: null, building: null,
    place: '3号楼 12层', opened_at: at(0), received_at: at(0), last_signal_at: at(0), claimed_by: null, claimed_at: null,
    verify_by: at(60), answer_by: null, flags: [], lon: null, lat: null,
    queue: 'desk', merged_into: null, area: '', cause: null, steps: [], ...fields,
  }
}

function live(id: string, version: number, fields: Partial<LiveIncident> = {}): LiveIncident {
  return { id, version, grade: 'II', kind: 'fire', state: 'open', unit: null, opened_at: at(0), last_signal_at: at(0), alarms: 1, queue: 'desk', ...fields }
}

const boardOf = (...rows: IncidentRow[]): Board => mergeRows(new Map(), rows, NONE).board

describe('merging', () => {
  it('shows the same incident once, however often it comes', () => {
    const first = mergeEvent(new Map(), live('a', 1), NONE)
    expect(first.arrivals).toEqual([{ id: 'a', what: 'opened', version: 1 }])
    const again = mergeEvent(first.board, live('a', 1), NONE)
    expect(again.arrivals).toEqual([])
    const detail = mergeRows(again.board, [row('a')], NONE)
    expect(detail.board.size).toBe(1)
    expect(detail.board.get('a')).toMatchObject({ ahead: false, place: '3号楼 12层' })
    expect(mergeRows(detail.board, [row('a')], NONE).arrivals).toEqual([])
  })
  it('never goes back to an older version', () => {
    const board = boardOf(row('a', { version: 5, grade: 'I' }))
    expect(mergeRows(board, [row('a', { version: 4 })], NONE).board.get('a')?.grade).toBe('I')
    expect(mergeEvent(board, live('a', 3, { state: 'closed' }), NONE).board.get('a')?.state).toBe('open')
  })
  it('comes out the same in whatever order things arrive', () => {
    const steps = [live('a', 1), live('a', 2, { grade: 'I' }), live('a', 3, { grade: 'I', state: 'verifying' })]
    for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]]) {
      let board: Board = new Map()
      for (const n of order) board = mergeEvent(board, steps[n] ?? live('x', 1), NONE).board
      expect(board.get('a')).toMatchObject({ version: 3, grade: 'I', state: 'verifying' })
    }
  })
  it('does not bring back what was closed', () => {
    const closed = new Map([['a', 4]])
    expect(mergeEvent(new Map(), live('a', 3), closed).board.size).toBe(0)
    expect(mergeRows(new Map(), [row('a', { version: 4 })], closed).board.size).toBe(0)
  })
  it('takes a closed incident off and says so, and tells a rise from a change', () => {
    const board = boardOf(row('a'), row('b'))
    expect(mergeEvent(board, live('a', 2, { state: 'closed' }), NONE)).toMatchObject({ arrivals: [{ what: 'closed' }] })
    expect(mergeEvent(board, live('b', 2, { grade: 'I' }), NONE).arrivals[0]?.what).toBe('rose')
    expect(mergeEvent(board, live('b', 2), NONE).arrivals[0]?.what).toBe('changed')
  })
  it('keeps attention and tasks off the desk', () => {
    expect(mergeRows(new Map(), [row('a', { grade: 'III', queue: 'attention' })], NONE).board.size).toBe(0)
    expect(mergeEvent(new Map(), live('b', 1, { grade: 'IV', queue: 'task' }), NONE).board.size).toBe(0)
  })
  it('keeps on the desk what was once there, and lets a merged incident go', () => {
    const kept = mergeEvent(new Map(), live('a', 1, { grade: 'III', queue: 'desk' }), NONE)
    expect(kept.board.size).toBe(1)
    expect(mergeEvent(kept.board, live('a', 2, { queue: 'desk', merged_into: 'b' }), NONE).board.size).toBe(0)
    expect(mergeEvent(kept.board, live('a', 2, { grade: 'III', queue: 'attention' }), NONE).board.size).toBe(0)
  })
  it('finds what was closed while nobody listened, but not what came meanwhile', () => {
    const board = boardOf(row('a'), row('b'), row('c', { version: 2 }))
    const asked = new Map([['a', 1], ['b', 1], ['c', 1]])
    expect(gone(board, new Set(['a']), asked)).toEqual(['b'])
  })
})

describe('the queue', () => {
  it('goes by grade, then what nobody has taken, then the time that is left', () => {
    const board = boardOf(
      row('late', { verify_by: at(90) }), row('soon', { verify_by: at(30) }),
      row('taken', { state: 'verifying', verify_by: at(10) }), row('red', { grade: 'I', verify_by: at(300) }),
    )
    expect(ordered(board).map((r) => r.id)).toEqual(['red', 'soon', 'late', 'taken'])
  })
  it('is a total order', () => {
    const a = { ...row('a'), ahead: false }
    const b = { ...row('b'), ahead: false }
    expect(compare(a, b)).toBeLessThan(0)
    expect(compare(b, a)).toBeGreaterThan(0)
  })
  it('stands still under the hand and says how many wait', () => {
    const before = boardOf(row('a', { verify_by: at(50) }), row('b', { verify_by: at(60) }))
    const after = boardOf(row('new', { verify_by: at(1) }), row('a', { verify_by: at(50) }), row('b', { verify_by: at(2), version: 2 }))
    const shown = present(after, ['a', 'b'], before)
    expect(shown.rows.map((r) => r.id)).toEqual(['a', 'b'])
    expect(shown.waiting).toBe(1)
    expect(present(after, null, before).rows.map((r) => r.id)).toEqual(['new', 'b', 'a'])
  })
  it('lets only grade I break in, on top', () => {
    const board = boardOf(row('a'), row('two'), row('red', { grade: 'I' }))
    const shown = present(board, ['a'], board)
    expect(shown.rows.map((r) => r.id)).toEqual(['red', 'a'])
    expect(shown.waiting).toBe(1)
  })
  it('keeps a row that was closed in its place until the hand leaves', () => {
    const before = boardOf(row('a'), row('b'))
    const shown = present(boardOf(row('b')), ['a', 'b'], before)
    expect(shown.rows.map((r) => [r.id, r.state])).toEqual([['a', 'closed'], ['b', 'open']])
    expect(shown.waiting).toBe(0)
  })
  it('counts down while unverified, and then counts what is over', () => {
    expect(countdown(row('a'), T0 + 20_000)).toEqual({ left: 40_000, spent: false })
    expect(countdown(row('a'), T0 + 70_000)).toEqual({ left: 10_000, spent: true })
    expect(countdown(row('a', { state: 'confirmed' }), T0)).toBeNull()
    expect(countdown(row('a', { verify_by: null }), T0)).toBeNull()
  })
  it('counts fires and the unverified', () => {
    const board = boardOf(row('a'), row('b', { kind: 'gas', state: 'verifying' }), row('c', { state: 'confirmed' }))
    expect(counts(board)).toEqual({ fires: 2, unverified: 2 })
  })
})

describe('sound', () => {
  it('calls until somebody has taken it', () => {
    expect(sounding(boardOf(row('a', { grade: 'I' })), T0, null)).toEqual({ siren: true, beeps: false })
    expect(sounding(boardOf(row('a')), T0, null)).toEqual({ siren: false, beeps: true })
    expect(sounding(boardOf(row('a', { grade: 'I', state: 'verifying' })), T0, null)).toEqual({ siren: false, beeps: false })
  })
  it('is muted only until its end', () => {
    const board = boardOf(row('a', { grade: 'I' }))
    expect(sounding(board, T0, T0 + 1).siren).toBe(false)
    expect(sounding(board, T0 + 1, T0 + 1).siren).toBe(true)
  })
  it('is not kept muted over a new grade I', () => {
    const merged = mergeRows(new Map(), [row('a', { grade: 'I' }), row('b')], NONE)
    expect(endsMute(merged.arrivals, merged.board)).toBe(true)
    expect(endsMute(merged.arrivals.filter((a) => a.id === 'b'), merged.board)).toBe(false)
  })
  it('speaks once for an incident, when its place is known, and again on a rise', () => {
    const sketched = mergeEvent(new Map(), live('a', 1), NONE)
    expect(toSpeak(sketched.arrivals, sketched.board, new Map())).toEqual([])
    const told = mergeRows(sketched.board, [row('a')], NONE)
    expect(toSpeak(told.arrivals, told.board, new Map())).toEqual(['a'])
    const spoken = new Map([['a', 'II']])
    const again = mergeRows(told.board, [row('a', { version: 2 })], NONE)
    expect(toSpeak(again.arrivals, again.board, spoken)).toEqual([])
    const risen = mergeRows(told.board, [row('a', { version: 2, grade: 'I' })], NONE)
    expect(toSpeak(risen.arrivals, risen.board, spoken)).toEqual(['a'])
  })
})
