import { describe, expect, it } from 'vitest'
import { CsvReader, csvLine } from './csv'

const ROWS = [['name', 'place'], ['3 号楼, "东"', '第一行\n第二行'], ['', 'x'], ['末', '']]
const TEXT = ROWS.map(csvLine).join('')

describe('a CSV', () => {
  it.each([1, 2, 3, 7, 1000])('is read the same in pieces of %d', (size) => {
    const reader = new CsvReader()
    const rows: string[][] = []
    for (let at = 0; at < TEXT.length; at += size) rows.push(...reader.push(TEXT.slice(at, at + size)))
    expect([...rows, ...reader.end()]).toEqual(ROWS)
  })

  it('ends also without a last line break', () => {
    const reader = new CsvReader()
    expect([...reader.push('a,b\n1,2'), ...reader.end()]).toEqual([['a', 'b'], ['1', '2']])
  })
})
