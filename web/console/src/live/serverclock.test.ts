import { describe, expect, it } from 'vitest'
import { heardPulse, offsetOf, type Heard } from './serverclock'

describe('the platform’s clock', () => {
  it('is found from heartbeats that come late by different amounts', () => {
    const truth = -73_400
    let heard: Heard = []
    for (const late of [300, 12, 80, 4, 1900, 60]) heard = heardPulse(heard, 1_000_000 + truth, 1_000_000 + late)
    expect(offsetOf(heard)).toBe(truth - 4)
  })
  it('follows when a clock is set, at once', () => {
    let heard: Heard = []
    for (let n = 0; n < 20; n++) heard = heardPulse(heard, n * 5000, n * 5000)
    expect(offsetOf(heardPulse(heard, 200_000, 100_000))).toBe(100_000)
    expect(offsetOf(heardPulse(heard, 100_000, 200_000))).toBe(-100_000)
  })
  it('forgets what is older than a minute, so that slow drift is followed', () => {
    let heard: Heard = []
    for (let n = 0; n < 40; n++) heard = heardPulse(heard, n * 5000 - n * 10, n * 5000)
    expect(offsetOf(heard)).toBe(-280)
  })
  it('is the desk’s own until a heartbeat came', () => {
    expect(offsetOf([])).toBe(0)
  })
})
