/*
 * Words in two languages. Enters: a key and figures. Leaves: text in the language of the seat, zh-CN unless somebody
 * chose otherwise. Keys are typed, so a word that is missing does not compile.
 */
import { ref } from 'vue'
import { span } from '../time'
import { en } from './en'
import { zh, type Catalogue, type Key } from './zh'

export type { Key } from './zh'
export type Locale = 'zh' | 'en'

const STORED = 'zhigan.locale'
const CATALOGUES: Record<Locale, Catalogue> = { zh, en }

export const locale = ref<Locale>('zh')

export function setLocale(next: Locale): void {
  locale.value = next
  localStorage.setItem(STORED, next)
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
}

export function restoreLocale(): void {
  setLocale(localStorage.getItem(STORED) === 'en' ? 'en' : 'zh')
}

export type Figures = Record<string, string | number>

export function fill(text: string, figures: Figures): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in figures ? String(figures[name]) : whole))
}

export function t(key: Key, figures: Figures = {}): string {
  return fill(CATALOGUES[locale.value][key], figures)
}

/** A word for a code that the platform gave; a code that this page does not know yet is shown as it is. */
export function word(family: string, code: string): string {
  const key = `${family}.${code}`
  return Object.hasOwn(zh, key) ? t(key as Key) : code
}

/** How long something took, or how late it is: exact while it is short, else as people say it. */
export function lasted(seconds: number | null): string {
  if (seconds === null) return '–'
  return seconds < 120 ? t('age.second', { n: seconds < 10 ? seconds.toFixed(1) : Math.round(seconds) }) : age(seconds * 1000)
}

export function age(ms: number): string {
  const { value, unit } = span(ms)
  return t(`age.${unit}`, { n: value })
}
