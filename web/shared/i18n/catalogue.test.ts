import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fill } from '.'
import { en } from './en'
import { zh } from './zh'

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '').sort()
const web = new URL('../../', import.meta.url)

function sources(folder: string): string[] {
  return readdirSync(new URL(folder, web), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(vue|ts)$/.test(name) && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(`${folder}/${name}`, web), 'utf8'))
}

describe('the catalogues', () => {
  it('have the same keys, in the same order', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh))
  })
  it('have the same holes in each text, and no empty text', () => {
    for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
      expect([key, holes(en[key])]).toEqual([key, holes(zh[key])])
      expect(zh[key].trim()).not.toBe('')
      expect(en[key].trim()).not.toBe('')
    }
  })
  it('hold every Chinese word: none stands in a page', () => {
    const pages = [...sources('console/src'), ...sources('mobile/src')].join('\n')
    expect(pages.length).toBeGreaterThan(1000)
    expect([...pages.matchAll(/^.*[一-鿿].*$/gm)].map((m) => m[0])).toEqual([])
  })
  it('name every condition, device type, role, kind and timeline line of the platform', () => {
    const vocabulary = (file: string): string => readFileSync(new URL(`../src/zhigan/vocabulary/${file}`, web), 'utf8')
    const conditions = [...vocabulary('conditions.py').matchAll(/^ {4}([A-Z_]+) = 1 << \d+ {2}/gm)].map((m) => m[1] ?? '')
    const operations = new Set(['RESET', 'SILENCE', 'ALARM_CLEARED', 'SELF_TEST', 'CONFIRM', 'DUTY_ANSWER', 'TEST'])
    const wanted = [
      ...conditions.filter((name) => !operations.has(name)).map((name) => `condition.${name.toLowerCase()}`),
      ...[...vocabulary('devices.py').matchAll(/DeviceType\("(\w+)"/g)].map((m) => `type.${m[1] ?? ''}`),
      ...[...vocabulary('roles.py').matchAll(/^ {4}[A-Z]+ = "(\w+)"/gm)].map((m) => `role.${m[1] ?? ''}`),
      ...[...vocabulary('grades.py').matchAll(/^ {4}[A-Z]+ = "(\w+)"/gm)].map((m) => `kind.${m[1] ?? ''}`),
    ]
    expect(wanted.length).toBeGreaterThan(80)
    const incidents = (file: string): string => readFileSync(new URL(`../src/zhigan/incidents/${file}`, web), 'utf8')
    const lines = [
      ...[...incidents('ledger.py').matchAll(/_(?:write|list)\(\s*\w+,\s*"(\w+)"/g)].map((m) => m[1] ?? ''),
      ...[...incidents('rules.py').matchAll(/^ {4}Step\.\w+: "(\w+)"/gm)].map((m) => m[1] ?? ''),
    ]
    expect(lines.length).toBeGreaterThan(14)
    wanted.push(...lines.map((what) => `timeline.what.${what}`))
    expect(wanted.filter((key) => !Object.hasOwn(zh, key))).toEqual([])
  })
  it('fill their holes and leave unknown ones visible', () => {
    expect(fill('余 {time}', { time: '00:41' })).toBe('余 00:41')
    expect(fill('{a} {b}', { a: 1 })).toBe('1 {b}')
  })
})
