import { describe, expect, it } from 'vitest'
import { ticks } from './ticks'

describe('the lines of a chart', () => {
  it('stand at round values, told apart by their decimals', () => {
    expect(ticks(28, 39.4)).toEqual({ values: [28, 30, 32, 34, 36, 38], digits: 0 })
    expect(ticks(2.88, 2.99)).toEqual({ values: [2.88, 2.9, 2.92, 2.94, 2.96, 2.98], digits: 2 })
    expect(ticks(0, 324)).toEqual({ values: [0, 100, 200, 300], digits: 0 })
    expect(ticks(-3, 7)).toEqual({ values: [-2, 0, 2, 4, 6], digits: 0 })
  })

  it('are never doubled, never outside, never too many, whatever the range', () => {
    for (let n = 0; n < 2000; n += 1) {
      const low = Math.round((n % 97 - 48) * 10 ** (n % 7 - 3) * 1e4) / 1e4
      const high = low + (1 + n % 13) * 10 ** (n % 9 - 4)
      const { values, digits } = ticks(low, high)
      const said = values.map((value) => value.toFixed(digits))
      expect(new Set(said).size).toBe(values.length)
      expect(values.length).toBeGreaterThan(0)
      expect(values.length).toBeLessThanOrEqual(6)
      for (const value of values) {
        expect(value).toBeGreaterThanOrEqual(low - 1e-9)
        expect(value).toBeLessThanOrEqual(high + 1e-9)
      }
    }
  })

  it('is one line where nothing varies', () => { expect(ticks(5, 5)).toEqual({ values: [5], digits: 0 }) })
})
