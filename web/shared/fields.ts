/* What a form is told of its fields. Enters: an error of the client. Leaves: per field a sentence in the seat's language, and one for the whole. */
import { Refused, Unreachable } from './api/client'
import { t, word } from './i18n'

export interface FormTrouble { fields: Record<string, string>, whole: string | null }
export const NO_TROUBLE: FormTrouble = { fields: {}, whole: null }

function listed(error: Refused): { field: string, expected: string }[] {
  const errors = error.more['errors']
  if (!Array.isArray(errors)) return []
  return errors.filter((each): each is { field: string, expected: string } =>
    typeof each === 'object' && each !== null && 'field' in each && 'expected' in each)
}

/** The field's own sentence of the catalogue where there is one, else what the platform expected. */
export function fieldWords(field: string, expected: string): string {
  const own = word('field', field)
  return own === field ? expected : own
}

function wholeOf(error: Refused): string {
  if (error.status === 403) return t('form.forbidden')
  if (error.status === 404) return t('form.gone')
  return error.status === 429 ? t('form.throttled', { n: error.retryAfter ?? 60 }) : t('form.failed', { status: error.status })
}

export function formTrouble(error: unknown): FormTrouble {
  if (error instanceof Unreachable) return { fields: {}, whole: t('form.unreachable') }
  if (!(error instanceof Refused)) return { fields: {}, whole: t('form.failed', { status: String(error) }) }
  const fields = Object.fromEntries(listed(error).map(({ field, expected }) => [field, fieldWords(field, expected)]))
  if (Object.keys(fields).length > 0) return { fields, whole: null }
  const taken = error.status === 409 ? /^(\w+):/.exec(error.detail)?.[1] : undefined
  return taken === undefined ? { fields, whole: wholeOf(error) } : { fields: { [taken]: word('taken', taken) }, whole: null }
}
