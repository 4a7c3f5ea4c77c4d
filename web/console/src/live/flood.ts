/*
 * The flood view: many rows of one cause in one unit or district are one row with a count. Enters: rows in order. Leaves:
 * entries in the same order, a group standing where its first row stood. Pure. A fire never stands inside a group.
 */
import type { IncidentRow } from '@shared/api/types'

/** More than so many of one place and cause make a group. */
export const FLOOD = 5

export interface Group { key: string, kind: IncidentRow['kind'], why: string, unit: IncidentRow['unit'], area: string, rows: IncidentRow[] }
export type Entry = { row: IncidentRow, group: null } | { row: null, group: Group }

/** What a row has in common with others, or null where it stands alone whatever happens. */
function causeOf(row: IncidentRow): string | null {
  if (row.queue === 'desk' || row.kind === 'fire' || row.reasons.some((reason) => reason.why.includes('fire'))) return null
  return `${row.kind} ${row.reasons[0]?.why ?? ''}`
}

function gather(rows: readonly IncidentRow[], keyOf: (row: IncidentRow, cause: string) => string | null): Map<string, IncidentRow[]> {
  const found = new Map<string, IncidentRow[]>()
  for (const row of rows) {
    const cause = causeOf(row)
    const key = cause === null ? null : keyOf(row, cause)
    if (key !== null) found.set(key, [...(found.get(key) ?? []), row])
  }
  for (const [key, members] of found) if (members.length <= FLOOD) found.delete(key)
  return found
}

function groupOf(key: string, rows: IncidentRow[], row: IncidentRow): Group {
  const one = rows.every((each) => each.unit?.id === row.unit?.id)
  return { key, kind: row.kind, why: row.reasons[0]?.why ?? '', unit: one ? row.unit : null, area: row.area, rows }
}

/** A district's flood takes its units' rows in; a unit's own flood is a group where the district has none. */
export function flood(rows: readonly IncidentRow[]): Entry[] {
  const districts = gather(rows, (row, cause) => (row.area !== '' ? `area ${row.area} ${cause}` : null))
  const taken = new Set([...districts.values()].flat())
  const units = gather(rows.filter((row) => !taken.has(row)), (row, cause) => (row.unit ? `unit ${row.unit.id ?? ''} ${cause}` : null))
  const groups = [...districts, ...units].map(([key, members]) => [key, members, members[0]] as const)
  const first = new Map(groups.map(([key, members, head]) => [head, { key, members }]))
  const inside = new Set(groups.flatMap(([, members]) => members))
  return rows.flatMap((row): Entry[] => {
    const group = first.get(row)
    if (group !== undefined) return [{ row: null, group: groupOf(group.key, group.members, row) }]
    return inside.has(row) ? [] : [{ row, group: null }]
  })
}
