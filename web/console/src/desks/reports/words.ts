/* How a report is said in a line, and who writes one down. */
import type { InboundReport } from '@shared/api/types'
import { t, word } from '@shared/i18n'
import { me } from '@shared/session'

export const KINDS = ['call', 'hazard', 'camera_list'] as const
export const STATES = ['received', 'linked', 'assigned', 'done', 'rejected'] as const
export const CATEGORIES = ['exit_blocked', 'fire_lane', 'ebike', 'lodging', 'storage', 'hot_work', 'gas', 'wiring', 'facility', 'hydrant', 'other'] as const
const DESKS = new Set(['duty', 'lead', 'operator', 'supervisor', 'admin', 'grid'])

export const mayReport = (): boolean => DESKS.has(me.value?.role ?? '')
export const choices = (family: string, values: readonly string[]): { value: string, name: string }[] => values.map((value) => ({ value, name: word(family, value) }))
const joined = (...parts: string[]): string => parts.filter((part) => part !== '').join(' · ')

export function what(row: InboundReport): string {
  if (row.result !== null) return t('reports.cameras', { added: row.result.added, known: row.result.known })
  return joined(row.category === '' ? '' : word('reports.category', row.category), row.words)
}

export function where(row: InboundReport): string {
  return joined(row.unit, row.building === row.unit ? '' : row.building, row.floor, row.place) || row.grid || '–'
}
