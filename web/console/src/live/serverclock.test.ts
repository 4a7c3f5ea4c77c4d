import { describe, expect, it } from 'vitest'
import { boundsOf, narrow, offsetOf, type Bounds } from './serverclock'

describe('the platform’s clock', () => {
  it('is found within 100 ms from answers that only say the second', () => {
    const truth = -73_400
    let bounds: Bounds | null = null
    for (let n = 0; n < 40; n++) {
      const sentAt = 1_000_000 + n * 1370
      const receivedAt = sentAt + 20
      const date = Math.floor((sentAt + 10 + truth) / 1000) * 1000
      bounds = narrow(bounds, boundsOf(sentAt, receivedAt, date))
    }
    expect(Math.abs(offsetOf(bounds) - truth)).toBeLessThan(100)
  })
  it('follows when the desk’s clock is set', () => {
    const before = boundsOf(0, 10, 5000)
    const after = boundsOf(100_000, 100_010, 5000)
    expect(narrow(before, after)).toEqual(after)
  })
  it('is the desk’s own until an answer came', () => {
    expect(offsetOf(null)).toBe(0)
  })
})
