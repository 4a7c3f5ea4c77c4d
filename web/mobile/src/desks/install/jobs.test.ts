import { describe, expect, it } from 'vitest'
import { stepOf, type Draft } from './jobs'

const draft: Draft = {
  key: 'k', account: 'a', code: 'C', gateway: 'ctwing', type: 'smoke', projectId: null, unitId: 'u', unitName: 'U', buildingId: null, floor: '', flat: '', place: '', lon: null, lat: null,
  accuracy: null, scannedAt: '2026-11-30T01:00:00Z', pressedAt: null, photo: null, photoSent: false, job: null, refused: null,
}

describe('an installation on the phone', () => {
  it('asks for place, position, photo and the test, in this order, with or without a network', () => {
    const placed = { ...draft, place: '厨房' }
    const here = { ...placed, lon: 114.9, lat: 27.1 }
    const seen = { ...here, photo: new Blob(['x']) }
    expect([draft, placed, here, seen, { ...seen, pressedAt: '2026-11-30T01:01:00Z' }].map(stepOf)).toEqual(['place', 'place', 'photo', 'test', 'signal'])
  })
})
