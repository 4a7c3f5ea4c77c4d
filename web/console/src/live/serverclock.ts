/*
 * The platform's clock, as far as a page can know it: countdowns must not depend on how the desk's own clock stands.
 * Enters: heartbeats (the platform's time, and when it was heard). Leaves: an offset. Pure.
 * A heartbeat is late by its way, never early, so the largest difference of the last minute is the nearest to the truth.
 */

const KEPT = 12
/** Beyond this somebody set a clock, and what was heard before counts no more. */
const JUMP_MS = 5_000

export type Heard = readonly number[]

export function heardPulse(heard: Heard, platformAt: number, heardAt: number): Heard {
  const difference = platformAt - heardAt
  const jumped = heard.length > 0 && Math.abs(difference - offsetOf(heard)) > JUMP_MS
  return jumped ? [difference] : [...heard, difference].slice(-KEPT)
}

export function offsetOf(heard: Heard): number {
  return heard.length === 0 ? 0 : Math.max(...heard)
}
