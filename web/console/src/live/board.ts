/*
 * The board: every open desk incident, once. Enters: rows from lists, details after steps, events of the live feed, in
 * any order, any number of times. Leaves: the newest version of each. Pure. A version never goes back, which is all that
 * it takes for nothing to be missed or shown twice when the feed is resumed and the gap is fetched besides.
 */
import type { IncidentRow, LiveIncident } from '@shared/api/types'

export interface BoardRow extends IncidentRow {
  /** The live feed told of a newer version whose details are still on their way. */
  ahead: boolean
}

export type Board = ReadonlyMap<string, BoardRow>

/** How a merge changed the board: for sound, speech and the bar that says how many came. */
export interface Arrival { id: string, what: 'opened' | 'rose' | 'changed' | 'closed', version: number }

const GRAVITY = { I: 1, II: 2, III: 3, IV: 4 } as const

/** What was once on the desk stays there, whatever its grade, but for a late fire that was over; `queue` says so. */
export function onDesk(row: Pick<IncidentRow, 'queue'>): boolean {
  return row.queue === 'desk'
}

/** Closed, or gone on inside another: either way no row of its own. */
export function isOver(row: Pick<LiveIncident, 'state' | 'merged_into'>): boolean {
  return row.state === 'closed' || (row.merged_into ?? null) !== null
}

function changeOf(before: BoardRow | undefined, after: BoardRow): Arrival['what'] {
  if (isOver(after) || !onDesk(after)) return 'closed'
  if (before === undefined) return 'opened'
  return GRAVITY[after.grade] < GRAVITY[before.grade] ? 'rose' : 'changed'
}

function put(board: Map<string, BoardRow>, row: BoardRow, arrivals: Arrival[]): void {
  const before = board.get(row.id)
  const what = changeOf(before, row)
  if (what === 'closed' && before === undefined) return
  if (what === 'closed') board.delete(row.id)
  else board.set(row.id, row)
  arrivals.push({ id: row.id, what, version: row.version })
}

export interface Merge { board: Board, arrivals: Arrival[] }

/** Rows with all their fields: from a list, a detail, or the answer to a step. */
export function mergeRows(board: Board, rows: readonly IncidentRow[], closed: ReadonlyMap<string, number>): Merge {
  const next = new Map(board)
  const arrivals: Arrival[] = []
  for (const row of rows) {
    const known = next.get(row.id)
    if (!onDesk(row) && known === undefined) continue
    if ((closed.get(row.id) ?? -1) >= row.version) continue
    if (known !== undefined && (known.version > row.version || (known.version === row.version && !known.ahead))) continue
    put(next, { ...row, ahead: false }, arrivals)
  }
  return { board: next, arrivals }
}

function sketch(event: LiveIncident): BoardRow {
  return {
    ...event, reasons: [], outcome: null, building: null, place: '', received_at: event.opened_at,
    claimed_by: null, claimed_at: null, verify_by: null, answer_by: null, flags: [], lon: null, lat: null, cause: null, area: '',
    merged_into: event.merged_into ?? null, steps: [], ahead: true,
  }
}

/** One event of the live feed: shown at once with what it carries; the rest is fetched. */
export function mergeEvent(board: Board, event: LiveIncident, closed: ReadonlyMap<string, number>): Merge {
  const known = board.get(event.id)
  const stale = (known?.version ?? -1) >= event.version || (closed.get(event.id) ?? -1) >= event.version
  if (stale || (!onDesk(event) && known === undefined)) return { board, arrivals: [] }
  const { alarms, ...fields } = event
  const row: BoardRow = known === undefined ? sketch(event) : { ...known, ...fields, merged_into: event.merged_into ?? null, ahead: true }
  const next = new Map(board)
  const arrivals: Arrival[] = []
  put(next, row, arrivals)
  return { board: next, arrivals }
}

/** After a whole list of what is open was fetched: what stands here but not there was closed while nobody listened. */
export function gone(board: Board, listed: ReadonlySet<string>, askedAt: ReadonlyMap<string, number>): string[] {
  return [...board.values()]
    .filter((row) => !listed.has(row.id) && askedAt.get(row.id) === row.version)
    .map((row) => row.id)
}
