/* The bottom bar by role. Enters: the account. Leaves: places, the first one the page that opens. */
import type { Me } from '@shared/api/types'
import type { Key } from '@shared/i18n'
import { may } from '@shared/rights'

export interface Place { name: 'today' | 'home' | 'hazard' | 'install' | 'me', key: Key }

/** Who has devices of his own, or looks after them. */
const HOMES = new Set(['owner', 'unit', 'property', 'maintainer', 'station', 'supervisor', 'operator', 'admin'])

/** Who enters hazards on the way; the platform decides again. */
export const FINDERS = new Set(['grid', 'inspector', 'enforcer', 'property', 'unit'])

export function placesOf(account: Me | null): Place[] {
  if (account === null) return []
  const install: Place[] = may(account, 'registry.install') ? [{ name: 'install', key: 'm.nav.install' }] : []
  const home: Place[] = HOMES.has(account.role) ? [{ name: 'home', key: 'm.nav.home' }] : []
  const hazard: Place[] = FINDERS.has(account.role) ? [{ name: 'hazard', key: 'm.hazard.open' }] : []
  return [{ name: 'today', key: 'm.nav.today' }, ...hazard, ...home, ...install, { name: 'me', key: 'm.nav.me' }]
}
