/*
 * The policy document as the page handles it. Enters: the document. Leaves: words for its parts, and a copy that can be changed.
 * Absent: what is legal (the platform says that, with the place).
 */
import type { Policy, PolicyDifference, PolicyRule } from '@shared/api/types'
import { t, word, type Key } from '@shared/i18n'

export type GradeName = 'I' | 'II' | 'III' | 'IV'
const GRADES = ['I', 'II', 'III', 'IV'] as const
export const CLASSES = ['S1', 'S2', 'S3', 'S4'] as const
export const TIMES = ['verify_day_s', 'verify_night_s', 'answer_day_s', 'answer_night_s'] as const
/** Levels of the first handler that pass on, lowest first; the city never does. */
export const LEVELS = ['room_s', 'operator_s', 'county_s'] as const
/** Figures of the whole document, in the page's order. */
export const FIGURES = ['again_after_reset_s', 'single_restored_s', 'late_s', 'repeat_told_s', 'remember_s', 'told_anew_s', 'test_pair_s', 'impaired_factor'] as const

export const gradeName = (grade: number): GradeName => GRADES[grade - 1] ?? 'IV'
export const copied = (policy: Policy): Policy => JSON.parse(JSON.stringify(policy)) as Policy
const listed = (parts: readonly string[]): string => parts.join(t('policy.comma'))

export const conditions = (names: readonly string[]): string => listed(names.map((name) => word('condition', name)))
export const types = (names: readonly string[]): string => (names.length === 0 ? t('policy.any') : listed(names.map((name) => word('type', name))))

/** Of whom a row speaks. */
export function whose(rule: PolicyRule): string {
  const parts = rule.types.length > 0 ? [types(rule.types)] : []
  if (rule.systems.length > 0) parts.push(t('policy.systems', { list: listed(rule.systems.map(String)) }))
  if (rule.whole === true) parts.push(t('policy.whole'))
  if (rule.panel === true) parts.push(t('policy.panel'))
  if (rule.classes.length > 0) parts.push(listed(rule.classes.map((each) => CLASSES[each - 1] ?? String(each))))
  if (typeof rule.night === 'boolean') parts.push(t(rule.night ? 'policy.night' : 'policy.day'))
  return parts.length === 0 ? t('policy.any') : listed(parts)
}

export function besides(rule: PolicyRule): string {
  const parts: string[] = []
  if (rule.repeat_grade) parts.push(t('policy.repeat', { grade: gradeName(rule.repeat_grade) }))
  if (rule.group !== '') parts.push(t('policy.grouped', { by: word('policy.group', rule.group) }))
  if (rule.protection) parts.push(t('policy.halves'))
  if (!rule.row) parts.push(t('policy.company'))
  return parts.length === 0 ? '–' : listed(parts)
}

const NAMED: Record<string, string> = { rules: 'condition', limits: 'metric', plausible: 'metric' }

/** Where a difference is, in the reader's words as far as there are any. */
export function place(difference: PolicyDifference): string {
  return difference.path.map((part, index) => {
    if (index === 0) return word('policy.part', part)
    const family = NAMED[difference.path[0] ?? '']
    if (index === 1 && family !== undefined) return listed(part.split(', ').flatMap((each) => each.split(' ')).map((each) => anyWord(each)))
    return word('policy.field', part)
  }).join(' › ')
}

/** The districts that a scope is, where it is districts and nothing else (area:360802,360803). */
export const ownDistricts = (scope: string): string[] => (/^area:\d{6}(,\d{6})*$/.test(scope) ? scope.slice('area:'.length).split(',') : [])

/** What the platform said of this place of the draft, or of one inside it. */
export const troubleAt = (errors: Record<string, string>, path: string): string | undefined => Object.entries(errors).find(([field]) => field === `policy.${path}` || field.startsWith(`policy.${path}.`))?.[1]

/** A refused field's path ("policy.limits[3].back") in the reader's words. */
export function fieldPlace(path: string): string {
  return path.replace(/^policy\.?/, '').split('.').filter((part) => part !== '').map((part, index) => {
    if (part.includes('/')) return part.split('/').map(anyWord).join(' · ')
    const [, name = part, row] = /^([a-z_]+)\[(\d+)\]$/.exec(part) ?? []
    const said = index === 0 && FIGURES.every((each) => each !== name) ? word('policy.part', name) : word('policy.field', name)
    return row === undefined ? said : `${said} ${t('policy.rownumber', { n: Number(row) + 1 })}`
  }).join(' › ')
}

function anyWord(code: string): string {
  for (const family of ['condition', 'metric', 'type']) {
    const said = word(family, code)
    if (said !== code) return said
  }
  return code
}

export const fieldWords = (name: (typeof FIGURES)[number]): string => t(`policy.field.${name}` satisfies Key)
