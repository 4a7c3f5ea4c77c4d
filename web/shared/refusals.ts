/*
 * Why the platform said no, in the seat's language: by the refusal's code (src/zhigan/vocabulary/refusal_tables.py).
 * Enters: a problem document's code and params, or those of one of its fields. Leaves: a sentence; the platform's own
 * English where this page does not know the code yet.
 */
import type { Refused } from './api/client'
import { fill, locale, t, word, type Key } from './i18n'
import { zh } from './i18n/zh'

/** What stands in a hole may be a word of the platform's: by the hole's name, whose. */
const FAMILIES: Record<string, string> = {
  role: 'role', state: 'state', seen: 'state', step: 'step', outcome: 'outcome', before: 'life', after: 'life', command: 'commandname', load: 'load', field: 'fieldname',
}

function familyOf(code: string, hole: string): string {
  return code.startsWith('command.') && hole === 'state' ? 'commandstate' : FAMILIES[hole] ?? hole
}

function holeWords(code: string, params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, word(familyOf(code, name), value).replace(/…$/, '')]))
}

export function refusalOf(code: unknown, params: unknown): string | null {
  if (typeof code !== 'string' || !Object.hasOwn(zh, `refusal.${code}`)) return null
  const texts = typeof params === 'object' && params !== null ? params as Record<string, string> : {}
  return fill(t(`refusal.${code}` as Key), holeWords(code, texts))
}

/** The sentence of a whole refusal; `null` where its code says nothing beyond the status. */
export function refusalWords(error: Refused): string | null {
  const said = refusalOf(error.more['code'], error.more['params'])
  return said === null || BARE.has(String(error.more['code'])) ? null : said
}

const BARE = new Set(['bad_request', 'unauthorised', 'forbidden', 'not_found', 'method', 'conflict', 'too_large', 'unfit', 'throttled', 'failed', 'not_ready', 'refused'])

/** For a refusal whose page has nothing better: the code's sentence, its fields', the platform's own words last. */
export function anyWords(error: Refused): string {
  const fields = fieldErrors(error).map(({ field, words }) => `${nameOf(field)}${locale.value === 'zh' ? '：' : ': '}${words}`)
  if (fields.length > 0) return fields.join(locale.value === 'zh' ? '；' : '; ')
  return refusalWords(error) ?? refusalOf(error.more['code'], error.more['params']) ?? (error.detail || error.title)
}

/** "windows[1].width" and "alarms.0" by what stands last. */
function nameOf(field: string): string {
  return word('fieldname', field.replace(/\[\d+\]/g, '').split('.').at(-1) ?? field)
}

export interface FieldRefusal { field: string, words: string }

export function fieldErrors(error: Refused): FieldRefusal[] {
  const errors = error.more['errors']
  if (!Array.isArray(errors)) return []
  return errors.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null || !('field' in each) || !('expected' in each)) return []
    const { field, expected, code, params } = each as { field: string, expected: string, code?: unknown, params?: unknown }
    return [{ field, words: refusalOf(code, params) ?? ownWords(field, expected) }]
  })
}

/** A field's own sentence of the catalogue, for what a library said of it. */
function ownWords(field: string, expected: string): string {
  const own = word('field', field)
  return own === field ? expected : own
}
