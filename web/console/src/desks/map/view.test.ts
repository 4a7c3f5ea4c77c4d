import { describe, expect, it } from 'vitest'
import { extentOf, eyeOf, eyeText, fitting, namePlaces, questionOf, spotFeatures, spotFilterOf, tilesOf, troublesOf, wayOf, type Outlines, type Spot } from './view'
import { world } from './camera'

const outlines: Outlines = {
  type: 'FeatureCollection',
  features: [{
    type: 'Feature', properties: { code: '360802', name: '吉州区' },
    geometry: { type: 'MultiPolygon', coordinates: [[[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]], [[[10, 10], [10, 14], [14, 14], [14, 10], [10, 10]]]] },
  }],
}

describe('the address', () => {
  it('asks only what concerns the sort of thing', () => {
    expect(questionOf({ show: 'hydrants', state: 'damaged', condition: 'alarm', area: '360802' })).toEqual({ show: 'hydrants', filters: { state: 'damaged', area: '360802' } })
    expect(questionOf({ show: 'nonsense', type: ['a'] })).toEqual({ show: 'devices', filters: {} })
  })
  it('becomes the tiles of that question', () => {
    expect(tilesOf({ show: 'devices', filters: { condition: 'alarm' } }, 'http://x', 3)).toBe('http://x/api/v1/map/tiles/{z}/{x}/{y}?show=devices&condition=alarm&breath=3')
  })
  it('keeps where the eye stands', () => {
    const eye = { zoom: 12.5, lat: 27.11, lon: 114.98 }
    expect(eyeOf({ at: eyeText(eye) })).toEqual(eye)
    for (const at of ['', '1/2', '99/0/0', 'a/b/c', '5/95/0', undefined]) expect(eyeOf({ at })).toBeNull()
  })
})

describe('places', () => {
  it('names a county in the middle of its largest part, whichever way the ring runs', () => {
    const lons = new Set(namePlaces(outlines).features.map((each) => each.geometry.coordinates[0]))
    expect([...lons]).toEqual([12])
  })
  it('names it between two rows of counts, at each zoom near the middle', () => {
    for (const { properties: { z }, geometry: { coordinates: [lon = 0, lat = 0] } } of namePlaces(outlines).features) {
      const row = world(lon, lat)[1] * 2 ** (z + 3)
      expect(row).toBeCloseTo(Math.round(row), 6)
      expect(Math.abs(row - world(lon, 12)[1] * 2 ** (z + 3))).toBeLessThanOrEqual(0.5)
    }
  })
  it('shows the whole of it', () => {
    expect(extentOf(outlines)).toEqual([[0, 0], [14, 14]])
    expect(extentOf(outlines, '360802')).toEqual([[0, 0], [14, 14]])
    expect(extentOf(outlines, '360803')).toBeNull()
  })
  it('leaves out an incident without a place, which the list still has', () => {
    const spot: Spot = { id: 'a', version: 1, grade: 'II', kind: 'fire', state: 'open', queue: 'desk', unit: '', place: '', lon: 115, lat: 27, area: '', industry: '' }
    expect(spotFeatures([spot, { ...spot, id: 'b', lon: null }]).features.map((each) => String(each.properties?.['id']))).toEqual(['a'])
  })
})

describe('a mark', () => {
  it('leads to its page', () => {
    expect(wayOf('devices', { n: 1, id: 'd', unit_id: 'u' })).toEqual({ name: 'device', params: { id: 'd' } })
    expect(wayOf('devices', { n: 3, unit_id: 'u' })).toEqual({ name: 'devices', query: { unit_id: 'u' } })
    expect(wayOf('units', { n: 1, id: 'u' })).toEqual({ name: 'unit', params: { id: 'u' } })
    expect(wayOf('hydrants', { n: 1, id: 'h' })).toEqual({ name: 'hydrant', params: { id: 'h' } })
    expect(wayOf('devices', { n: 9 })).toBeNull()
  })
  it('says its troubles, the gravest first', () => {
    expect(troublesOf({ n: 9, fault: 2, alarm: 1 })).toEqual([{ word: 'alarm', count: 1 }, { word: 'fault', count: 2 }])
  })
})

describe('the incidents on the map', () => {
  const spot = (id: string, grade: Spot['grade'], kind: string, state: string, area = '360802', industry = ''): Spot =>
    ({ id, version: 1, grade, kind, state, queue: 'desk', unit: '', place: '', lon: 115, lat: 27, area, industry })
  const spots = [spot('a', 'I', 'fire', 'open'), spot('b', 'II', 'gas', 'open'), spot('c', 'III', 'fault', 'verifying', '360803', 'health')]
  const left = (query: Record<string, string>, wanted: string | null = null): string[] => fitting(spots, spotFilterOf(query), wanted).map((each) => each.id)
  it('are all there unless something is asked for', () => { expect(left({})).toEqual(['a', 'b', 'c']) })
  it('are narrowed by grade, kind and state together', () => {
    expect(left({ grade: 'I' })).toEqual(['a'])
    expect(left({ kind: 'gas', progress: 'open' })).toEqual(['b'])
    expect(left({ kind: 'gas', progress: 'verifying' })).toEqual([])
  })
  it('are narrowed by the area and the industry to which the things are', () => {
    expect(left({ area: '360803' })).toEqual(['c'])
    expect(left({ area: '360802', industry: 'health' })).toEqual([])
    expect(left({ show: 'hydrants', industry: 'health' })).toEqual(['a', 'b', 'c'])
  })
  it('always hold the one that the address names', () => { expect(left({ grade: 'I' }, 'c')).toEqual(['a', 'c']) })
})
