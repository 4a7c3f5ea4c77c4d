import { describe, expect, it } from 'vitest'
import { metres, ring } from './pin'

const HERE = { lon: 114.98, lat: 27.11, accuracy: 20 }

describe('a pin', () => {
  it('knows how far it was moved', () => {
    expect(Math.round(metres(HERE, { lon: 114.98, lat: 27.111 }))).toBe(111)
    expect(metres(HERE, HERE)).toBe(0)
  })
  it('has a ring as wide as the phone is unsure', () => {
    const points = ring(HERE).geometry.coordinates[0] ?? []
    expect(points).toHaveLength(49)
    for (const [lon = 0, lat = 0] of points) expect(metres(HERE, { lon, lat })).toBeCloseTo(20, 1)
    expect(ring({ ...HERE, accuracy: null }).geometry.coordinates).toEqual([])
  })
})
