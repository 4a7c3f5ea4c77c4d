/*
 * The platform's clock, as far as a page can know it: countdowns must not depend on how the desk's own clock stands.
 * Enters: the Date header of each answer with the instants of asking and hearing. Leaves: an offset.
 * A Date says only the second, so each answer gives a range; the ranges together narrow to a few ms.
 */

export interface Bounds { low: number, high: number }

/** What one answer says about (platform − desk). */
export function boundsOf(sentAt: number, receivedAt: number, date: number): Bounds {
  return { low: date - receivedAt, high: date + 1000 - sentAt }
}

/** Both hold; where they contradict, somebody set a clock and only the newer counts. */
export function narrow(known: Bounds | null, heard: Bounds): Bounds {
  if (known === null) return heard
  const low = Math.max(known.low, heard.low)
  const high = Math.min(known.high, heard.high)
  return low <= high ? { low, high } : heard
}

export function offsetOf(bounds: Bounds | null): number {
  return bounds === null ? 0 : Math.round((bounds.low + bounds.high) / 2)
}
