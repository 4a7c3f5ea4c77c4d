import { describe, expect, it } from 'vitest'
import { clock, day, instant, moment, span, stopwatch } from './time'

const evening = Date.parse('2026-11-22T20:31:07+08:00')

describe('time', () => {
  it('is shown in Asia/Shanghai wherever the machine stands', () => {
    expect(clock(evening)).toBe('20:31:07')
    expect(clock(Date.parse('2026-11-22T16:00:00Z'))).toBe('00:00:00')
    expect(day(Date.parse('2026-11-22T16:00:00Z'))).toBe('2026-11-23')
  })
  it('names the day only when it is not today', () => {
    expect(moment(evening, evening + 60_000)).toBe('20:31:07')
    expect(moment(evening, evening + 86_400_000)).toBe('2026-11-22 20:31:07')
  })
  it('reads instants and refuses nonsense', () => {
    expect(instant('2026-11-22T12:31:07Z')).toBe(evening)
    expect(instant('soon')).toBeNull()
    expect(instant(null)).toBeNull()
  })
  it('counts age in the largest unit', () => {
    expect(span(59_999)).toEqual({ value: 59, unit: 'second' })
    expect(span(60_000)).toEqual({ value: 1, unit: 'minute' })
    expect(span(7_200_000)).toEqual({ value: 2, unit: 'hour' })
    expect(span(200_000_000)).toEqual({ value: 2, unit: 'day' })
    expect(span(-5)).toEqual({ value: 0, unit: 'second' })
  })
  it('counts down to zero, never below, and shows 00:01 until the second is over', () => {
    expect(stopwatch(72_000)).toBe('01:12')
    expect(stopwatch(1)).toBe('00:01')
    expect(stopwatch(0)).toBe('00:00')
    expect(stopwatch(-3000)).toBe('00:00')
    expect(stopwatch(3_661_000)).toBe('1:01:01')
  })
})
