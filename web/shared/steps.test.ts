import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bodyOf, CAUSE_GROUPS, KEY_OF_STEP, mayLead, mayStep, outcomeOf } from './steps'

describe('steps of the life-cycle table', () => {
  it('leaves the lead’s decisions to the lead', () => {
    expect(mayLead('lead')).toBe(true)
    expect(mayLead('duty')).toBe(false)
    expect(mayStep('duty')).toBe(true)
    expect(mayStep('unit')).toBe(false)
  })
  it('has one key for each step', () => {
    const keys = Object.values(KEY_OF_STEP)
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('what a step sends', () => {
  const given = { note: ' 现场无烟 ', basis: 'phone', cause: 'U1', outcome: 'false_alarm' } as const

  it('is only what the step asks for', () => {
    expect(bodyOf('accept', false, given)).toEqual({ note: '现场无烟' })
    expect(bodyOf('confirm', false, given)).toEqual({ basis: 'phone', note: '现场无烟' })
    expect(bodyOf('dismiss', false, given)).toEqual({ cause: 'U1', note: '现场无烟' })
    expect(bodyOf('close', false, { ...given, cause: null })).toEqual({ outcome: 'false_alarm', note: '现场无烟' })
    expect(bodyOf('close', true, { ...given, note: ' ' })).toEqual({ cause: 'U1' })
  })
})

describe('cause codes', () => {
  // The platform's own table is the source; the desk must know every code and its outcome.
  const source = readFileSync(new URL('../../src/zhigan/vocabulary/causes.py', import.meta.url), 'utf8')
  const rows = [...source.matchAll(/Cause\("(\w\d)", "[^"]+", "[^"]+", "(\w+)"\)/g)]

  it('are exactly the platform’s', () => {
    expect(rows.length).toBeGreaterThan(40)
    expect(Object.values(CAUSE_GROUPS).flat()).toEqual(rows.map((row) => row[1]))
  })
  it('close with the platform’s outcome', () => {
    for (const [, code, outcome] of rows) expect([code, outcomeOf(code ?? '')]).toEqual([code, outcome])
  })
})
