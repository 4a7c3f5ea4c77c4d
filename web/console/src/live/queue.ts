/*
 * The order of the queue, and its standing still. Enters: the board, what was on screen, whether a hand is on it.
 * Leaves: rows in order and how many wait outside. Pure.
 * Order: grade, then what nobody has taken, then the one whose time runs out first.
 */
import { instant } from '@shared/time'
import type { Board, BoardRow } from './board'

const RANK = { open: 0, verifying: 1, confirmed: 2, responding: 3, dispatched: 3, done: 3, closed: 4 } as const

function deadline(row: BoardRow): number {
  return instant(row.verify_by) ?? instant(row.opened_at) ?? 0
}

export function compare(a: BoardRow, b: BoardRow): number {
  return (a.grade === b.grade ? 0 : a.grade < b.grade ? -1 : 1)
    || RANK[a.state] - RANK[b.state]
    || deadline(a) - deadline(b)
    || (a.id < b.id ? -1 : 1)
}

export function ordered(board: Board): BoardRow[] {
  return [...board.values()].sort(compare)
}

export interface Shown {
  rows: BoardRow[]
  /** Rows that are not shown yet, because somebody points or types. */
  waiting: number
  ids: readonly string[]
}

/**
 * `held` is the order on screen while the list stands still, or null when it may move. Rows keep their place and go on
 * telling the truth inside it; a row that was closed stays, as it was last seen, until the hand leaves. Only a new
 * grade I breaks in, on top.
 */
export function present(board: Board, held: readonly string[] | null, before: ReadonlyMap<string, BoardRow>): Shown {
  const all = ordered(board)
  if (held === null) return { rows: all, waiting: 0, ids: all.map((row) => row.id) }
  const on = new Set(held)
  const breaking = all.filter((row) => !on.has(row.id) && row.grade === 'I')
  const standing = held.flatMap((id) => {
    const row = board.get(id)
    if (row !== undefined) return [row]
    const last = before.get(id)
    return last === undefined ? [] : [{ ...last, state: 'closed' as const }]
  })
  const rows = [...breaking, ...standing]
  return { rows, waiting: all.length - breaking.length - all.filter((row) => on.has(row.id)).length, ids: rows.map((row) => row.id) }
}

export interface Countdown { left: number, spent: boolean }

/** What is left to verify, while it is unverified; null when there is no clock running. */
export function countdown(row: Pick<BoardRow, 'state' | 'verify_by'>, now: number): Countdown | null {
  if (row.state !== 'open' && row.state !== 'verifying') return null
  const until = instant(row.verify_by)
  if (until === null) return null
  return until > now ? { left: until - now, spent: false } : { left: now - until, spent: true }
}

export interface Counts { fires: number, unverified: number }

export function counts(board: Board): Counts {
  const rows = [...board.values()]
  return {
    fires: rows.filter((row) => row.kind === 'fire').length,
    unverified: rows.filter((row) => row.state === 'open' || row.state === 'verifying').length,
  }
}
