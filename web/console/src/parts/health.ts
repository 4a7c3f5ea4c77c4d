/* How health is said: spans of seconds, what is left of a battery. Enters: figures. Leaves: words. Absent: any page. */
import { t } from '@shared/i18n'

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

export function spanWords(seconds: number): string {
  if (seconds >= 2 * DAY) return t('health.days', { n: Math.round(seconds / DAY) })
  if (seconds >= 2 * HOUR) return t('health.hours', { n: Math.round(seconds / HOUR) })
  return t('health.minutes', { n: Math.round(seconds / MINUTE) })
}

export interface Left { days_left: number | null, days_least: number | null, days_most: number | null }

/** A figure never stands without its bounds, unless they are the same. */
export function leftWords(of: Left): string {
  if (of.days_left === null) return ''
  if (of.days_left === 0) return t('health.left.now')
  const about = t('health.left', { n: of.days_left })
  if (of.days_least === null || of.days_most === null || of.days_least === of.days_most) return about
  return `${about} (${t('health.left.bounds', { a: of.days_least, b: of.days_most })})`
}

export interface Line { points: string, low: number }

/** A battery's days as a line in a box of `w` by `h`; `low` is where 10 % lies. */
export function batteryLine(days: readonly { on: string, value: number }[], w: number, h: number): Line {
  const first = Date.parse(days[0]?.on ?? '')
  const last = Date.parse(days.at(-1)?.on ?? '')
  const wide = Math.max(last - first, 1)
  const at = (value: number): number => Math.round((h - (Math.min(Math.max(value, 0), 100) / 100) * h) * 10) / 10
  const points = days.map((day) => `${Math.round(((Date.parse(day.on) - first) / wide) * w * 10) / 10},${at(day.value)}`)
  return { points: points.join(' '), low: at(10) }
}
