import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkwords, draw } from './qr'

/* Digests of what an encoder of other hands (python-qrcode 8) draws for the same bytes, level L and mask. */
const TEXT = `otpauth://totp/zhigan119:anna?secret=${'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.repeat(9)}`

describe('a QR code', () => {
  it.each([
    [10, 0, 1, '81be8dfbf311ddacbfda91718f792719'],
    [10, 3, 1, '4b413518404ff168388cd32f0de2354c'],
    [10, 5, 1, '1cf36d412707db177af41ee7fde1b718'],
    [10, 7, 1, '45715fefe120580c05a5be8dbdea642f'],
    [60, 0, 4, 'bd020714d192d4450b82f869b7c10792'],
    [60, 3, 4, 'ba9206c3f00dbbd086246f04c2ff6c2a'],
    [60, 5, 4, 'c365bcb022b4ef2f9d59906fc81c17a1'],
    [60, 7, 4, 'e2d62e40d451f449ba42cfe55f6d4d5f'],
    [95, 0, 5, '2b89c8abc57c5fe80dcf3c1575602399'],
    [95, 3, 5, 'b81d46977a0de2ba3f5227b1591c531a'],
    [95, 5, 5, '56124324289bbf336a2e156197f840db'],
    [95, 7, 5, '0158de332d6833edafe2940b62676888'],
    [120, 0, 6, '2fc9352df731ec85faf5fb136b87c1e6'],
    [120, 3, 6, '6428e306529d338fa7941a54046a4524'],
    [120, 5, 6, '594c577293fba4a645be5b1f0aefd9b8'],
    [120, 7, 6, '5aca2f5aba2e33ced0b6c190a476bbe0'],
    [150, 0, 7, '8ca40f02467ecdc70f1312dd6ea05368'],
    [150, 3, 7, '0c8c205d147ddf636e8e45ae36200083'],
    [150, 5, 7, '1030c1e8ce417d3c77512185e50d27f6'],
    [150, 7, 7, '16ce8dc7d93cb62026206fa33ee5ef16'],
    [200, 0, 9, '63723287dd3b3a735d4a84fb9aa3e17e'],
    [200, 3, 9, '22ef4d751590189edae24192104b0136'],
    [200, 5, 9, '88765e8e4a5718f0d14a2155a9864bd2'],
    [200, 7, 9, 'a0da94bb8fc06925544b9c850eea29fd'],
    [260, 0, 10, 'aad13a5d2ae0bd67b5a3a6a8e8a4c15d'],
    [260, 3, 10, 'aac77fd75e9ca396734c7f357f5a927b'],
    [260, 5, 10, '7e4d965b46c1e5751669a246d40d9641'],
    [260, 7, 10, '880b72e14f5f5dc257a3aa168eddbc32'],
  ] as const)('of %i bytes with mask %i is that of version %i', (length, mask, version, digest) => {
    const rows = draw(TEXT.slice(0, length), mask).map((row) => row.map(Number).join(''))
    expect(rows.length).toBe(17 + 4 * version)
    expect(createHash('sha256').update(rows.join('/')).digest('hex').slice(0, 32)).toBe(digest)
  })
  it('carries the check words of the standard\'s example', () => {
    const data = [0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11]
    expect(checkwords(data, 10)).toEqual([0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55])
  })
  it('chooses a mask by itself, and refuses what does not fit', () => {
    const all = [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => JSON.stringify(draw('abc', mask)))
    expect(all).toContain(JSON.stringify(draw('abc')))
    expect(() => draw('x'.repeat(272))).toThrow(RangeError)
  })
})
