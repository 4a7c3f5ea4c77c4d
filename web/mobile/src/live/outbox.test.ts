import { describe, expect, it } from 'vitest'
import { after } from './outbox'

describe('the order of what waits', () => {
  it('is that of entering, also within a millisecond and after the clock was set back', () => {
    expect([after(undefined, 5), after(5, 5), after(6, 5), after(7, 90)]).toEqual([5, 6, 7, 90])
  })
})
