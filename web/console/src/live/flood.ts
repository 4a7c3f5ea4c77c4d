/*
 * The flood view's order. Enters: groups that the platform made, rows that stand in none. Leaves: entries, newest first, a
 * group standing where its newest row would. What makes a group, and that a fire never stands inside one, the platform
 * decides; how a group opens is an address of the list. Pure.
 */
import type { Query } from '@shared/api/client'
import type { Group, IncidentRow } from '@shared/api/types'
import { instant } from '@shared/time'

export type Entry = { row: IncidentRow, group: null } | { row: null, group: Group }

export function keyOf(group: Group): string {
  return [group.level, group.area, group.unit?.id, group.building?.id, group.kind, group.why].join(' ')
}

/** What the list is asked for the rows of a group. */
export function questionOf(group: Group): Query {
  const cause = { open: true, brief: true, kind: group.kind, why: group.why || 'none' }
  return group.level === 'area' ? { ...cause, area: group.area } : { ...cause, unit_id: group.unit?.id ?? null, building_id: group.building?.id ?? 'none' }
}

export function entries(rows: readonly IncidentRow[], groups: readonly Group[]): Entry[] {
  const at = (text: string): number => instant(text) ?? 0
  const waiting = [...groups].sort((a, b) => at(b.newest_at) - at(a.newest_at))
  const found: Entry[] = []
  for (const row of rows) {
    while (waiting[0] !== undefined && at(waiting[0].newest_at) >= at(row.received_at)) found.push({ row: null, group: waiting.shift() as Group })
    found.push({ row, group: null })
  }
  return [...found, ...waiting.map((group): Entry => ({ row: null, group }))]
}
