/*
 * A scope as a form holds it, as the platform writes it (`area:360802+industry:education`), and as people read it. Terms
 * must all hold, values within a term are alternatives. Deliberately absent: whether the giver may give it (the platform).
 */
import { t, word } from '@shared/i18n'

export const DIMENSIONS = ['area', 'industry', 'community', 'grid', 'unit', 'station', 'firm', 'org'] as const
export type Dimension = (typeof DIMENSIONS)[number]
export type Terms = Readonly<Partial<Record<Dimension, readonly string[]>>>
/** Dimensions whose values are typed as codes; the other two are ticked. */
export const CODED = ['community', 'grid', 'unit', 'station', 'firm', 'org'] as const
export const INDUSTRIES = ['education', 'health', 'civil_affairs', 'housing', 'industry', 'culture_tourism', 'commerce', 'petroleum', 'power', 'post', 'bank', 'tobacco']

export function parse(text: string): Terms {
  if (text === 'city') return {}
  const terms: Partial<Record<Dimension, string[]>> = {}
  for (const term of text.split('+')) {
    const [name, values = ''] = term.split(':')
    const dimension = DIMENSIONS.find((each) => each === name)
    if (dimension !== undefined) terms[dimension] = values.split(',')
  }
  return terms
}

export function show(terms: Terms): string {
  const said = DIMENSIONS.map((dimension) => [dimension, terms[dimension] ?? []] as const).filter(([, values]) => values.length > 0)
  return said.map(([dimension, values]) => `${dimension}:${values.join(',')}`).join('+') || 'city'
}

/** Codes as people type them: separated by anything that is no part of a code. */
export function codes(text: string): string[] {
  return [...new Set(text.split(/[\s,;，；、+:]+/).filter((code) => code !== ''))]
}

/** Every term says what it limits, all must hold. */
export function words(terms: Terms, areaName: (code: string) => string): string {
  const said = DIMENSIONS.filter((dimension) => (terms[dimension] ?? []).length > 0)
  if (said.length === 0) return t('scope.city')
  const name = (dimension: Dimension, value: string): string => {
    if (dimension === 'area') return areaName(value)
    return dimension === 'industry' ? word('industry', value) : value
  }
  return said.map((dimension) => {
    const values = (terms[dimension] ?? []).map((value) => name(dimension, value)).join(t('scope.or'))
    return dimension === 'area' || dimension === 'industry' ? values : `${t(`scope.${dimension}`)} ${values}`
  }).join(' · ')
}
