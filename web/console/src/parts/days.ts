/* Days of a filter as instants of the city's time: from the first moment of one day to the last of another. */
const DAY_MS = 86_400_000
const OFFSET = '+08:00'

export function fromDay(day: string): string | null {
  return /^\d{4}-\d\d-\d\d$/.test(day) ? `${day}T00:00:00${OFFSET}` : null
}

/** The trail is asked for what lies before an instant: the day after begins. */
export function untilDay(day: string): string | null {
  const from = fromDay(day)
  return from === null ? null : fromDay(new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10))
}

export function dayOf(instant: string, last: boolean): string {
  if (fromDay(instant.slice(0, 10)) === null) return ''
  const start = Date.parse(`${instant.slice(0, 10)}T00:00:00Z`)
  return new Date(last ? start - DAY_MS : start).toISOString().slice(0, 10)
}
