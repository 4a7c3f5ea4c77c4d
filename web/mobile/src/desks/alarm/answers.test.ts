import { describe, expect, it } from 'vitest'
import { routeTo } from '../../parts/way'
import { furthest, next } from './answers'

describe('answers from the site', () => {
  it('lead from received over on the way to arrived, in whatever order they were said', () => {
    expect([next([]), next(['acknowledged']), next(['no_fire', 'on_the_way']), next(['arrived', 'acknowledged'])]).toEqual(['acknowledged', 'on_the_way', 'arrived', null])
    expect([furthest(['not_there']), furthest(['arrived', 'on_the_way'])]).toEqual([null, 'arrived'])
  })
  it('name the place to a map app without breaking its address', () => {
    expect(routeTo(114.98, 27.11, '甲,乙 & 楼')).toBe('https://uri.amap.com/navigation?to=114.980000%2C27.110000%2C%E7%94%B2%20%E4%B9%99%20%26%20%E6%A5%BC&mode=car&coordinate=wgs84&callnative=1')
  })
})
