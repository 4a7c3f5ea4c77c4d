/* How a partner's times and answers are said. */
import { t, word } from '@shared/i18n'
import { instant, moment } from '@shared/time'
import { now } from '../../live/now'

export const KINDS = ['province', 'city', 'grid', 'police', 'emergency', 'insurance', 'other'] as const
export const WHATS = ['incident_opened', 'incident_changed', 'incident_closed', 'attention', 'tasks'] as const
export const GRADES = ['I', 'II', 'III', 'IV'] as const
export const INCIDENT_KINDS = ['fire', 'gas', 'electrical', 'water', 'facility', 'shield', 'fault', 'link', 'duty', 'exit', 'hydrant', 'tamper'] as const
/** Failed, and somebody must look. */
export const BAD = new Set(['failing', 'gone'])

export const when = (at: string | null): string => (at === null ? '–' : moment(instant(at) ?? 0, now.value))
const STEPS = [[86_400, 'd'], [3600, 'h'], [60, 'm']] as const
export function lag(seconds: number): string {
  const found = STEPS.find(([long]) => seconds >= 2 * long)
  return found === undefined ? t('partners.lag.s', { n: Math.round(seconds) }) : t(`partners.lag.${found[1]}`, { n: Math.floor(seconds / found[0]) })
}
/** A status, or a word of ours for why there was none. */
export const said = (text: string): string => (/^\d+$/.test(text) || text === '' ? text || '–' : word('partners.said', text))
