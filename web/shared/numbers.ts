/*
 * Telephone numbers are masked until somebody needs them. Enters: whose number, at which alarm, why. Leaves: the number,
 * whole; the platform writes down who was shown it. Deliberately absent: keeping a number beyond the page that shows it.
 */
import type { Shown, ShownAll } from './api/types'
import { api, me } from './session'

export type NumberKind = Shown['kind']

/** Calling people is their work: no reason is asked of them. The platform decides again. */
const SILENT: ReadonlySet<string> = new Set(['duty', 'lead'])
const NEVER: ReadonlySet<string> = new Set(['auditor', 'partner'])

export const isMasked = (number: string): boolean => number.includes('*')
export const mayShow = (): boolean => me.value !== null && !NEVER.has(me.value.role)
export const asksReason = (incident: string | undefined): boolean => incident === undefined && !SILENT.has(me.value?.role ?? '')

export async function showNumber(kind: NumberKind, id: string, more: { incident_id?: string, reason?: string } = {}): Promise<string> {
  return (await api.post<Shown>('/numbers', { kind, id, ...more })).number
}

/** Everybody who belongs to an alarm, by id. */
export async function showNumbers(incident: string): Promise<ReadonlyMap<string, string>> {
  const shown = await api.post<ShownAll>(`/incidents/${incident}/numbers`, {})
  return new Map(shown.items.map((each) => [each.id, each.number]))
}
