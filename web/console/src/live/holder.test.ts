import { describe, expect, it } from 'vitest'
import type { HeldIncident } from '@shared/api/types'
import { GRACE_MS, sounds } from './holder'

const two = { id: 'a', grade: 'II' } as const
const by = (level: string): Map<string, HeldIncident> => new Map([['a', { incident: 'a', level, name: '', since: '', until: null, next: null }]])
const city = { level: 'city', below: true }

describe('first handler', () => {
  it('lets the holder sound, and those below him', () => {
    expect(sounds(two, city, by('county'), 60_000)).toBe(false)
    expect(sounds(two, { level: 'county', below: false }, by('county'), 0)).toBe(true)
    expect(sounds(two, { level: 'room', below: false }, by('county'), 0)).toBe(true)
    expect(sounds(two, city, by('city'), 0)).toBe(true)
  })
  it('sounds at grade I everywhere, at once', () => { expect(sounds({ id: 'a', grade: 'I' }, city, by('county'), 0)).toBe(true) })
  it('waits a moment for the word only where somebody sits below', () => {
    expect(sounds(two, city, new Map(), 0)).toBe(false)
    expect(sounds(two, city, new Map(), GRACE_MS)).toBe(true)
    expect(sounds(two, { level: 'city', below: false }, new Map(), 0)).toBe(true)
  })
  it('sounds while it is not known whose desk this is', () => { expect(sounds(two, null, by('room'), 0)).toBe(true) })
})
