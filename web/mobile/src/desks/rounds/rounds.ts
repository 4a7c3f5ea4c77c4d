/*
 * Rounds over hydrants on the phone. Enters: rounds as the platform told them last, what waits to be sent. Leaves: the same as a
 * walk without a network needs it: kept, in the order of the way, with what was done here counted in. Nothing of people is kept.
 */
import type { HydrantRound, HydrantRoundDetail, RoundStop } from '@shared/api/types'
import type { Item } from '../../live/outbox'
import { metres } from '../../parts/pin'

const STORED = 'zhigan.phone.rounds'
const MOST_KEPT = 10

export function keptRounds(): HydrantRoundDetail[] {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? '[]') as HydrantRoundDetail[]
  } catch {
    return []
  }
}

export function keepRounds(rounds: readonly HydrantRoundDetail[]): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(rounds.slice(0, MOST_KEPT)))
  } catch {
    localStorage.removeItem(STORED) // a full memory: the walk goes on with a network
  }
}

/** Which of the round's hydrants were seen on this phone and are not at the platform yet. */
export function waitingAt(items: readonly Item[], round: string): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { path, body, refused } of items) {
    const at = /^\/hydrants\/([0-9a-f-]+)\/visits$/.exec(path)?.[1]
    if (at !== undefined && refused === null && (body as { round_id?: unknown } | null)?.round_id === round) found.add(at)
  }
  return found
}

export interface Way extends RoundStop { metres: number | null, waits: boolean }

/** What is still to be seen comes first, the nearest of it first where the phone knows where it is. */
export function wayOf(stops: readonly RoundStop[], waits: ReadonlySet<string>, here: { lon: number, lat: number } | null): Way[] {
  const all = stops.map((each) => ({ ...each, waits: waits.has(each.hydrant_id), metres: here === null ? null : Math.round(metres(here, each)) }))
  const seen = (each: Way): number => (each.passed !== null || each.waits ? 1 : 0)
  return all.sort((a, b) => seen(a) - seen(b) || (a.metres ?? 0) - (b.metres ?? 0) || a.code.localeCompare(b.code))
}

export const isRunning = (round: HydrantRound): boolean => round.state === 'open' || round.state === 'overdue'
