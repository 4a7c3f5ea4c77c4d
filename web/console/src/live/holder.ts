/*
 * First handler: does this seat sound? Enters: a row, who holds it, whose desk this is. Leaves: yes or no. Pure.
 * Every desk lists every incident; the holder's and those below him sound. In doubt a desk sounds.
 */
import type { DeskLevel, HeldIncident } from '@shared/api/types'
import type { BoardRow } from './board'

const RANK: Record<string, number> = { room: 0, operator: 1, county: 2, city: 3 } satisfies Record<DeskLevel, number>
/** How long a desk above others waits to be told who holds a row that just came: the word takes a fraction of it. */
export const GRACE_MS = 2000

export interface Mine { level: string, below: boolean }

export function sounds(row: Pick<BoardRow, 'id' | 'grade'>, mine: Mine | null, held: ReadonlyMap<string, HeldIncident>, age: number): boolean {
  if (mine === null || row.grade === 'I') return true
  const holder = held.get(row.id)
  if (holder === undefined) return !mine.below || age >= GRACE_MS
  return (RANK[mine.level] ?? 0) <= (RANK[holder.level] ?? 3)
}
