/*
 * Time as the field writes it: 24 h, Asia/Shanghai, relative age beside the absolute. Enters: instants in ms since 1970
 * UTC and RFC 3339 texts. Leaves: text. Deliberately absent: reading a clock; `now` is an argument.
 */

const ZONE = 'Asia/Shanghai'

const clockFormat = new Intl.DateTimeFormat('sv-SE', {
  timeZone: ZONE, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
})
const dayFormat = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' })

/** The instant of an RFC 3339 text, or null where there is none. */
export function instant(text: string | null | undefined): number | null {
  if (text === null || text === undefined || text === '') return null
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}

export function clock(ms: number): string {
  return clockFormat.format(ms)
}

export function day(ms: number): string {
  return dayFormat.format(ms)
}

/** The clock alone today, with its day otherwise. */
export function moment(ms: number, now: number): string {
  return day(ms) === day(now) ? clock(ms) : `${day(ms)} ${clock(ms)}`
}

export interface Span { value: number, unit: 'second' | 'minute' | 'hour' | 'day' }

/** How long ago, in the largest unit that is not zero. */
export function span(ms: number): Span {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return { value: seconds, unit: 'second' }
  if (seconds < 3600) return { value: Math.floor(seconds / 60), unit: 'minute' }
  if (seconds < 86_400) return { value: Math.floor(seconds / 3600), unit: 'hour' }
  return { value: Math.floor(seconds / 86_400), unit: 'day' }
}

/** Minutes and seconds as a countdown shows them; hours join when they are needed. */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const two = (n: number): string => String(n).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}
