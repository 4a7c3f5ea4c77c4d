/* Why a line or a device was refused, in the seat's language: each field by its name, each reason by its code. */
import { locale, word } from '@shared/i18n'
import { refusalOf } from '@shared/refusals'

export interface LineError { field: string, expected: string, code: string, params: Record<string, string> }

export function reasonWords(errors: readonly LineError[]): string {
  const [colon, between] = locale.value === 'zh' ? ['：', '；'] : [': ', '; ']
  return errors.map(({ field, expected, code, params }) => `${field === '' ? '' : `${word('fieldname', field)}${colon}`}${refusalOf(code, params) ?? expected}`).join(between)
}
