/*
 * One's own wishes about being told, as a form. Enters: what the platform keeps. Leaves: the same with a way moved or
 * switched, hours as a field of time shows them. Pure. Deliberately absent: by what red and orange reach: the platform's to say.
 */
import type { Wish } from '@shared/api/types'

export const QUIET: readonly [number, number] = [22 * 60, 7 * 60]
const DIGEST = 8 * 60

export const timeOf = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

/** null where the field is empty or half typed. */
export function minuteOf(time: string): number | null {
  const parts = /^(\d{2}):(\d{2})/.exec(time)
  return parts === null ? null : Number(parts[1]) * 60 + Number(parts[2])
}

/** One step up or down among those that reach the person: the others are not seen between them. */
export function moved(wish: Wish, way: string, step: -1 | 1): Wish {
  const seen = wish.ways.filter((each) => each.reaches)
  const at = seen.findIndex((each) => each.way === way)
  const other = seen[at + step]
  const one = seen[at]
  if (one === undefined || other === undefined) return wish
  return { ...wish, ways: wish.ways.map((each) => (each.way === one.way ? other : each.way === other.way ? one : each)) }
}

export const switched = (wish: Wish, way: string): Wish => ({ ...wish, ways: wish.ways.map((each) => (each.way === way ? { ...each, on: !each.on } : each)) })

export const withQuiet = (wish: Wish, on: boolean): Wish => ({ ...wish, quiet_from: on ? QUIET[0] : null, quiet_until: on ? QUIET[1] : null })

export const withDigest = (wish: Wish, on: boolean): Wish => ({ ...wish, digest_minute: on ? DIGEST : null })

export function changed(kept: Wish, wish: Wish): boolean {
  const told = (each: Wish): string => JSON.stringify([each.ways.map(({ way, on }) => [way, on]), each.digest_minute, each.quiet_from, each.quiet_until])
  return told(kept) !== told(wish)
}
