import { setLocale } from '@shared/i18n'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { codes, parse, show, words } from './scope'

const AREAS: Record<string, string> = { 360802: '吉州区', 360803: '青原区' }
const name = (code: string): string => AREAS[code] ?? code

beforeEach(() => {
  vi.stubGlobal('localStorage', { setItem: () => undefined, getItem: () => null })
  vi.stubGlobal('document', { documentElement: { lang: '' } })
  setLocale('zh')
})

describe('a scope', () => {
  it('is read and written as the platform does, in the order of its dimensions', () => {
    expect(show(parse('area:360802,360803+industry:education'))).toBe('area:360802,360803+industry:education')
    expect(show(parse('unit:A+area:360802'))).toBe('area:360802+unit:A')
    expect(show(parse('city'))).toBe('city')
    expect(show({ area: [], industry: [] })).toBe('city')
  })
  it('is said in words', () => {
    expect(words(parse('area:360802,360803+industry:education,health'), name)).toBe('吉州区、青原区 · 教体、卫健')
    expect(words(parse('area:360802+unit:JA-1,JA-2'), name)).toBe('吉州区 · 单位 JA-1、JA-2')
    expect(words({}, name)).toBe('全市')
    setLocale('en')
    expect(words(parse('area:360802,999+industry:education'), name)).toBe('吉州区 or 999 · Education')
  })
  it('takes codes as people type them', () => {
    expect(codes(' A，B; C、A\nD+E ')).toEqual(['A', 'B', 'C', 'D', 'E'])
    expect(codes(' ')).toEqual([])
  })
})
