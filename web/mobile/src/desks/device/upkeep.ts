/* Words of a device's page that need no page. Pure. */

export const REPORTS = ['damaged', 'missing', 'beeping', 'blocked', 'false_alarms', 'other'] as const
/** Who records inspections: vocabulary/roles.py decides again. */
export const INSPECTING_ROLES = new Set(['admin', 'operator', 'supervisor', 'installer', 'inspector', 'maintainer', 'unit', 'property', 'station', 'grid', 'enforcer'])

export const pictureOf = (device: string, what: 'inspections' | 'reports', id: string): string => `/api/v1/devices/${device}/${what}/${id}/photo`

/** Is the day of its last service over? Days are those of the calendar here. */
export function life(until: string, now: number): 'over' | 'within' {
  return Date.parse(`${until}T23:59:59+08:00`) < now ? 'over' : 'within'
}
