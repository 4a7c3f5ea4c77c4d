import { describe, expect, it } from 'vitest'
import { dayOf, fromDay, untilDay } from './days'

describe('days of a filter', () => {
  it('hold the whole last day, over the ends of months and years', () => {
    expect(fromDay('2026-11-22')).toBe('2026-11-22T00:00:00+08:00')
    expect(untilDay('2026-11-30')).toBe('2026-12-01T00:00:00+08:00')
    expect(untilDay('2026-12-31')).toBe('2027-01-01T00:00:00+08:00')
    expect(untilDay('')).toBeNull()
  })
  it('are shown again as they were chosen', () => {
    expect(dayOf(fromDay('2026-03-01') ?? '', false)).toBe('2026-03-01')
    expect(dayOf(untilDay('2028-02-28') ?? '', true)).toBe('2028-02-28')
    expect(dayOf('', true)).toBe('')
  })
})
