import { describe, expect, it } from 'vitest'
import { fit, latitude, longitude, MARGIN, spread, tilesIn, world, type Extent } from './camera'

const size = { width: 1580, height: 980 }
const jian: Extent = [[113.77, 25.97], [115.95, 27.96]]

describe('the eye', () => {
  it('goes there and back', () => {
    const [east, down] = world(114.98, 27.11)
    expect([longitude(east), latitude(down)].map((each) => each.toFixed(6))).toEqual(['114.980000', '27.110000'])
  })
  it('holds the whole extent, and touches the margin one way', () => {
    const at = spread(fit(jian, size, MARGIN), size)
    const [left, top] = at(...world(jian[0][0], jian[1][1]))
    const [right, bottom] = at(...world(jian[1][0], jian[0][1]))
    expect(left).toBeGreaterThanOrEqual(MARGIN - 0.01)
    expect(top).toBeCloseTo(MARGIN, 3)
    expect(bottom).toBeCloseTo(size.height - MARGIN, 3)
    expect(left + right).toBeCloseTo(size.width, 3)
  })
})

describe('tiles in sight', () => {
  it('cover the paper and no more', () => {
    for (const zoom of [8, 8.9, 12.3, 16]) {
      const eye = { zoom, lat: 27.11, lon: 114.98 }
      const at = spread(eye, size)
      const tiles = tilesIn(eye, size)
      const corners = tiles.map(({ z, x, y }) => [at(x / 2 ** z, y / 2 ** z), at((x + 1) / 2 ** z, (y + 1) / 2 ** z)] as const)
      for (const [[left, top], [right, bottom]] of corners) expect(left < size.width && top < size.height && right > 0 && bottom > 0).toBe(true)
      expect(Math.min(...corners.map(([[left]]) => left))).toBeLessThanOrEqual(0)
      expect(Math.max(...corners.map(([, [right]]) => right))).toBeGreaterThanOrEqual(size.width)
      expect(new Set(tiles.map(({ y }) => y)).size * new Set(tiles.map(({ x }) => x)).size).toBe(tiles.length)
    }
  })
  it('are at the most those that there are', () => {
    expect(tilesIn({ zoom: 20, lat: 27, lon: 115 }, size).every((tile) => tile.z === 18)).toBe(true)
    expect(tilesIn({ zoom: 0, lat: 0, lon: 0 }, size)).toEqual([{ z: 0, x: 0, y: 0 }])
  })
})
