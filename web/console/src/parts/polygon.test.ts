import { expect, it } from 'vitest'
import { outline, polygonOf } from './polygon'

const ring = [[114.98, 27.1], [115, 27.1], [115, 27.12], [114.98, 27.1]]
const polygon = { type: 'Polygon', coordinates: [ring] }

it('finds the polygon however a map tool wraps it', () => {
  for (const each of [polygon, { type: 'Feature', properties: {}, geometry: polygon }, { type: 'FeatureCollection', features: [{ type: 'Feature', geometry: polygon }] }]) {
    expect(polygonOf(JSON.stringify(each))).toEqual(polygon)
  }
})
it('takes nothing else for one', () => {
  for (const each of ['', '{', '7', 'null', '{"type":"Point","coordinates":[1,2]}', JSON.stringify({ features: [polygon, polygon] })]) expect(polygonOf(each)).toBeNull()
})
it('draws north up within its size', () => {
  const points = outline({ type: 'Polygon', coordinates: [ring] }, 100).split(' ').map((each) => each.split(',').map(Number))
  expect(points[0]?.[1]).toBe(100)
  expect(points[2]?.[1]).toBe(0)
  expect(Math.max(...points.flat())).toBe(100)
})
