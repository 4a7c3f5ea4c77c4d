import { describe, expect, it } from 'vitest'
import { batteryLine, leftWords, spanWords } from './health'

describe('how health is said', () => {
  it('spans in the unit that a person would use', () => {
    expect([spanWords(300), spanWords(43_200), spanWords(86_400), spanWords(172_800)]).toEqual(['5 分钟', '12 小时', '24 小时', '2 天'])
  })
  it('a figure with its bounds, an empty battery as an act, no forecast as nothing', () => {
    expect(leftWords({ days_left: 40, days_least: 31, days_most: 66 })).toBe('约 40 天 (31–66 天)')
    expect(leftWords({ days_left: 0, days_least: 0, days_most: 0 })).toBe('应立即更换')
    expect(leftWords({ days_left: null, days_least: null, days_most: null })).toBe('')
  })
  it('a line that falls as the battery does', () => {
    const line = batteryLine([{ on: '2026-11-01', value: 100 }, { on: '2026-11-11', value: 50 }, { on: '2026-11-21', value: 0 }], 200, 50)
    expect(line).toEqual({ points: '0,0 100,25 200,50', low: 45 })
  })
})
