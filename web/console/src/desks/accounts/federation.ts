/* How joined platforms are spoken of: what is missing, and since when one was heard. */
import type { FederationLower } from '@shared/api/types'
import { age, t } from '@shared/i18n'
import { clock, day } from '@shared/time'

/** What a platform above may be permitted to ask of devices: nothing that closes, cuts or sets. */
export const PERMITTED = ['query_state', 'check_duty', 'silence', 'self_test'] as const

/** A moment, with its day where it is not today's. */
export const at = (text: string): string => `${day(Date.parse(text))} ${clock(Date.parse(text))}`

export const since = (at: string | null): string => (at === null ? t('federation.never') : t('federation.ago', { age: age(Math.max(0, Date.now() - Date.parse(at))) }))

export function trouble(row: FederationLower): string {
  if (row.lost > 0) return t('federation.whole.lost', { n: row.lost })
  if (row.behind > 0) return t('federation.whole.coming')
  if (row.whole === null) return t('federation.whole.unknown')
  return t(row.whole ? 'federation.whole.yes' : 'federation.whole.no')
}
