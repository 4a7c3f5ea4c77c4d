/* The bottom bar by role. Enters: the account. Leaves: places, the first one the page that opens. */
import type { Key } from '@shared/i18n'
import type { Me } from '@shared/api/types'

export interface Place { name: 'today' | 'me', key: Key }

export function placesOf(account: Me | null): Place[] {
  if (account === null) return []
  return [{ name: 'today', key: 'm.nav.today' }, { name: 'me', key: 'm.nav.me' }]
}
