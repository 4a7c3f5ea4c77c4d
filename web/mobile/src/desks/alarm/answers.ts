/*
 * What somebody on site can answer, and which answer comes next. Enters: the answers so far, one's own still on their way.
 * Leaves: the one main act, and words for all. Pure.
 */
import type { SiteResponse } from '@shared/api/types'

export type Answer = SiteResponse['kind']

const WAY: readonly Answer[] = ['acknowledged', 'on_the_way', 'arrived']
export const ANSWERING_ROLES = new Set(['unit', 'property', 'owner', 'station', 'grid', 'community', 'duty', 'lead', 'operator', 'admin'])

/** Whoever comes to the place; the desk's people do not. */
export const SHARING_ROLES = new Set(['unit', 'property', 'owner', 'station', 'grid', 'community'])

/** The furthest on the way from "received" to "arrived"; null where nothing was said yet. */
export function furthest(said: readonly Answer[]): Answer | null {
  return [...WAY].reverse().find((each) => said.includes(each)) ?? null
}

/** The next main act; null once one has arrived: then what is seen there is what counts. */
export function next(said: readonly Answer[]): Answer | null {
  const at = furthest(said)
  if (at === null) return 'acknowledged'
  return WAY[WAY.indexOf(at) + 1] ?? null
}

/** Causes as they are met on site, the frequent ones first; of policy.md. */
export const FALSE_CAUSES = ['U1', 'U2', 'U3', 'U4', 'U5', 'U6', 'U7', 'U8', 'U9', 'E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7', 'D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'D8', 'D9', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'T1', 'T2', 'T3', 'T4', 'X1'] as const
export const FREQUENT = ['U1', 'U2', 'U3', 'U5', 'H1', 'D1', 'X1'] as const
