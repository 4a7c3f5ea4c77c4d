/* A sub-platform's own rules in words. Enters: rules as the platform keeps them. Leaves: sentences, minutes of the day. */
import type { OwnRule, OwnRuleForm } from '@shared/api/types'
import { locale, t, word } from '@shared/i18n'

export const GRADES = ['I', 'II', 'III', 'IV'] as const
export const KINDS = ['fire', 'gas', 'electrical', 'water', 'facility', 'shield', 'fault', 'link', 'duty', 'exit', 'hydrant', 'tamper'] as const
export const AFTERS = [0, 30, 60, 120, 180, 300, 600, 1800, 3600] as const
export type Form = Required<OwnRuleForm>

export const listed = (words: readonly string[]): string => words.join(locale.value === 'zh' ? '、' : ', ')
export const clockOf = (minute: number | null | undefined): string => (minute === null || minute === undefined ? '' : `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`)

export function minuteOf(text: string): number | null {
  const found = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim())
  return found === null ? null : Number(found[1]) * 60 + Number(found[2])
}

export function afterWords(seconds: number): string {
  if (seconds === 0) return t('own.atonce')
  return seconds % 60 === 0 ? t('own.after.min', { n: seconds / 60 }) : t('own.after.s', { n: seconds })
}

export const hoursWords = (rule: OwnRuleForm): string => (rule.from_minute == null ? t('own.anyhour') : `${clockOf(rule.from_minute)}–${clockOf(rule.until_minute)}`)
export const kindWords = (rule: OwnRuleForm): string => ((rule.kinds ?? []).length === 0 ? t('own.anykind') : listed((rule.kinds ?? []).map((kind) => word('kind', kind))))
export const whomWords = (rule: OwnRuleForm, names: ReadonlyMap<string, string>): string =>
  listed([...(rule.parts ?? []).map((part) => word('part', part)), ...(rule.accounts ?? []).map((id) => names.get(id) ?? t('own.gone'))])

export const emptyRule = (): Form => ({ name: '', kinds: ['fire'], grades: ['I', 'II'], from_minute: null, until_minute: null, parts: [], accounts: [], ways: ['sms', 'app'], after: 0, enabled: true })
export const formOf = (rule: OwnRule): Form => ({
  name: rule.name, kinds: rule.kinds ?? [], grades: rule.grades, from_minute: rule.from_minute ?? null, until_minute: rule.until_minute ?? null,
  parts: rule.parts ?? [], accounts: rule.accounts ?? [], ways: rule.ways, after: rule.after, enabled: rule.enabled,
})
