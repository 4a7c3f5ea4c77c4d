/* The roles, in the order in which a desk thinks of them, as choices. Who gives which is the platform's rule; what it would refuse is not offered. */
import type { Me } from '@shared/api/types'
import { word } from '@shared/i18n'

export const ROLES = [
  'duty', 'lead', 'operator', 'supervisor', 'unit', 'property', 'owner', 'station', 'grid', 'community', 'industry', 'installer', 'inspector', 'enforcer', 'maintainer', 'partner', 'admin', 'security', 'auditor',
] as const
const SEPARATED = new Set(['security', 'auditor'])

export interface Choice { value: string, name: string }
export const roles = (): Choice[] => ROLES.map((value) => ({ value, name: word('role', value) }))

/** Separated: only security names who guards the accounts and who reads the trail. */
export function gives(me: Me | null, role: string): boolean {
  return me?.role === 'security' || (me?.role === 'admin' && !SEPARATED.has(role))
}
