/*
 * Sound is a language: grade I a two-tone until claimed, II three beeps each 15 s, III one soft tone, IV none. Enters: the
 * board, the mute with its end. Leaves: what must sound now, and what must be said. Pure; tones are made in player.ts.
 */
import type { Arrival, Board } from './board'

export const BEEPS_EVERY_MS = 15_000
export const MUTE_MINUTES = [2, 5, 10] as const

export interface Sounding { siren: boolean, beeps: boolean }

/** What the board asks for; a row speaks until somebody has taken it. */
export function sounding(board: Board, now: number, mutedUntil: number | null): Sounding {
  const muted = mutedUntil !== null && now < mutedUntil
  const calling = [...board.values()].filter((row) => row.state === 'open')
  return {
    siren: !muted && calling.some((row) => row.grade === 'I'),
    beeps: !muted && calling.some((row) => row.grade === 'II'),
  }
}

/** A mute is for the alarms that were heard: a new grade I ends it. */
export function endsMute(arrivals: readonly Arrival[], board: Board): boolean {
  return arrivals.some((a) => (a.what === 'opened' || a.what === 'rose') && board.get(a.id)?.grade === 'I')
}

/** Ids to be spoken now: once for an incident, and again when its grade rises. `spoken` holds the grade last spoken. */
export function toSpeak(arrivals: readonly Arrival[], board: Board, spoken: ReadonlyMap<string, string>): string[] {
  const due = arrivals.filter((a) => a.what === 'opened' || a.what === 'rose' || a.what === 'changed')
  return [...new Set(due.map((a) => a.id))].filter((id) => {
    const row = board.get(id)
    if (row === undefined || row.ahead || row.state === 'closed') return false
    const last = spoken.get(id)
    return last === undefined ? row.state === 'open' : row.grade < last
  })
}
