/* What a form is told of its fields. Enters: an error of the client. Leaves: per field a sentence in the seat's language, and one for the whole. */
import { Refused, Unreachable } from './api/client'
import { t } from './i18n'
import { fieldErrors, refusalWords } from './refusals'

export interface FormTrouble { fields: Record<string, string>, whole: string | null }
export const NO_TROUBLE: FormTrouble = { fields: {}, whole: null }

/** Why nothing was kept: the platform's reason where it gave one. */
function wholeOf(error: Refused): string {
  if (error.status === 429) return t('form.throttled', { n: error.retryAfter ?? 60 })
  const why = error.status < 500 ? refusalWords(error) : null
  if (why !== null) return t('form.refused', { why })
  if (error.status === 403) return t('form.forbidden')
  return error.status === 404 ? t('form.gone') : t('form.failed', { status: error.status })
}

export function formTrouble(error: unknown): FormTrouble {
  if (error instanceof Unreachable) return { fields: {}, whole: t('form.unreachable') }
  if (!(error instanceof Refused)) return { fields: {}, whole: t('form.failed', { status: String(error) }) }
  const fields = Object.fromEntries(fieldErrors(error).map(({ field, words }) => [field, words]))
  if (Object.keys(fields).length > 0) return { fields, whole: null }
  const named = fieldOf(error)
  const why = refusalWords(error)
  return named === null || why === null ? { fields, whole: wholeOf(error) } : { fields: { [named]: why }, whole: null }
}

/** The one field that a refusal of the whole names ("code: there is a unit …"). */
function fieldOf(error: Refused): string | null {
  const params: unknown = error.more['params']
  if (typeof params !== 'object' || params === null || !('field' in params)) return null
  return typeof params.field === 'string' ? params.field : null
}

/** A field's words, or those of a part of it (`areas[1]`, `map.title`). */
export function errorOf(trouble: FormTrouble, field: string): string | undefined {
  return trouble.fields[field] ?? Object.entries(trouble.fields).find(([name]) => name.startsWith(`${field}[`) || name.startsWith(`${field}.`))?.[1]
}

/** All that is wrong with a document in one field, each with its place there. */
export function faultsOf(trouble: FormTrouble, field: string): string[] {
  return Object.entries(trouble.fields).filter(([name]) => name === field || name.startsWith(`${field}.`)).map(([name, words]) => `${name.slice(field.length + 1) || field}: ${words}`)
}

/** What a person wrote as a list, in either language's commas. */
export const listed = (text: string): string[] => text.split(/[,，、\s]+/).filter((each) => each !== '')
