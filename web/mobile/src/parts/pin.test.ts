import { describe, expect, it } from 'vitest'
import { metres, ring, shifted } from './pin'

const HERE = { lon: 114.98, lat: 27.11, accuracy: 20 }

describe('a pin', () => {
  it('knows how far it was moved', () => {
    expect(Math.round(metres(HERE, { lon: 114.98, lat: 27.111 }))).toBe(111)
    expect(metres(HERE, HERE)).toBe(0)
  })
  it('is moved by metres, wherever it stands', () => {
    for (const [east, north] of [[1, 0], [0, -10], [-10, 10]] as const) {
      const to = shifted(HERE, east, north)
      expect(metres(HERE, to)).toBeCloseTo(Math.hypot(east, north), 3)
      expect([Math.sign(to.lon - HERE.lon), Math.sign(to.lat - HERE.lat)]).toEqual([Math.sign(east), Math.sign(north)])
    }
  })
  it('has a ring as wide as the phone is unsure', () => {
    const points = ring(HERE).geometry.coordinates[0] ?? []
    expect(points).toHaveLength(49)
    for (const [lon = 0, lat = 0] of points) expect(metres(HERE, { lon, lat })).toBeCloseTo(20, 1)
    expect(ring({ ...HERE, accuracy: null }).geometry.coordinates).toEqual([])
  })
})
