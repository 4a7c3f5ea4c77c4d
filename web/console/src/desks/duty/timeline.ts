/*
 * A timeline line's detail as a sentence. Enters: the line as the platform keeps it. Leaves: words. Codes that this page
 * knows are said in words, texts of people stand as they were written.
 */
import type { Reason, TimelineLine } from '@shared/api/types'
import { t, word, type Locale } from '@shared/i18n'
import { instant, moment } from '@shared/time'
import { saidWords } from '../../parts/said'

type Fields = Record<string, unknown>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sentence(value: unknown, locale: Locale): string {
  const reason = value as Partial<Reason>
  return reason[locale] ?? reason.why ?? ''
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** How soon 119 acknowledged, and by what number it knows the incident. */
function number(fields: Fields): string {
  const took = typeof fields['ms'] === 'number' ? t('centre.seconds', { n: (fields['ms'] / 1000).toFixed(2) }) : ''
  const given = text(fields['number'])
  return [took, given === '' ? '' : t('hand.number', { number: given })].filter((part) => part !== '').join(' · ')
}

/** By when it was agreed to be done. */
function dueBy(value: unknown): string {
  const at = instant(text(value))
  return at === null ? '' : t('work.by.time', { at: moment(at, at) })
}

const MOST_NAMED = 3

/** The alarm points a line speaks of: the first few by name, the rest as a number. A cleared one is named by its id only. */
function devices(alarms: unknown): string {
  if (!Array.isArray(alarms)) return ''
  const names = alarms.flatMap((alarm) => (isFields(alarm) ? [text(alarm['device'])] : [])).filter((name) => name !== '')
  const rest = alarms.length - Math.min(MOST_NAMED, names.length)
  return [...names.slice(0, MOST_NAMED), ...(rest > 0 ? [`+${rest}`] : [])].join(', ')
}

const FAMILIES: readonly [string, string][] = [
  ['grade', 'grade'], ['response', 'answer'], ['act', 'hand.act'], ['stage', 'hand.stage'], ['why', 'call.why'],
  ['outcome', 'outcome'], ['basis', 'basis'], ['cause', 'cause'], ['condition', 'condition'],
]

function fromFields(fields: Fields, locale: Locale): string[] {
  const parts: string[] = []
  parts.push(text(fields[locale]))
  for (const [field, family] of FAMILIES) {
    const code = text(fields[field])
    if (code !== '') parts.push(field === 'cause' ? `${code} ${word(family, code)}` : word(family, code))
  }
  // A reason names its device already.
  if (!Array.isArray(fields['reasons'])) parts.push(devices(fields['alarms']))
  if (Array.isArray(fields['reasons'])) parts.push(...fields['reasons'].map((each) => sentence(each, locale)))
  if (isFields(fields['reason'])) parts.push(sentence(fields['reason'], locale))
  parts.push(fields['to'] === 'lead' ? t('work.lead') : '', text(fields['owner']), dueBy(fields['due_at']), text(fields['target']), number(fields), saidWords(text(fields['said'])), text(fields['note']), text(fields['name']), text(fields['sha256']))
  return parts.filter((part) => part !== '')
}

export function detailWords(line: Pick<TimelineLine, 'detail'>, locale: Locale): string {
  return fromFields(line.detail, locale).join(' · ')
}
