import { PbfWriter } from 'pbf'
import { describe, expect, it } from 'vitest'
import { between, thingsOf } from './sketch'

/** One layer with one point and one whole-number tag, as the platform writes it. */
function tile(name: string, x: number, y: number, n: number): Uint8Array {
  const pbf = new PbfWriter()
  pbf.writeMessage(3, (_, layer) => {
    layer.writeVarintField(15, 2)
    layer.writeStringField(1, name)
    layer.writeMessage(2, (_feature, feature) => {
      feature.writePackedVarint(2, [0, 0])
      feature.writeVarintField(3, 1)
      feature.writePackedVarint(4, [9, x << 1, y << 1])
    }, null)
    layer.writeStringField(3, 'n')
    layer.writeMessage(4, (_value, value) => { value.writeVarintField(5, n) }, null)
    layer.writeVarintField(5, 4096)
  }, null)
  return pbf.finish()
}

describe('a tile', () => {
  it('holds counts at places on the world', () => {
    expect(thingsOf(tile('cells', 2048, 1024, 119), { z: 2, x: 3, y: 1 })).toEqual([{ far: true, east: 3.5 / 4, down: 1.25 / 4, mark: { n: 119 } }])
    expect(thingsOf(tile('points', 0, 0, 1), { z: 0, x: 0, y: 0 })[0]?.far).toBe(false)
    expect(thingsOf(new Uint8Array(), { z: 0, x: 0, y: 0 })).toEqual([])
  })
})

describe('a measure between stops', () => {
  it('runs straight, and flat beyond', () => {
    const stops = [[0, 5], [1, 10], [3, 20]] as const
    expect([-1, 0, 0.5, 1, 2, 3, 9].map((at) => between(stops, at))).toEqual([5, 5, 7.5, 10, 15, 20, 20])
  })
})
