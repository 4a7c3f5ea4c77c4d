import { describe, expect, it } from 'vitest'
import { detailWords } from './timeline'

const reason = { why: 'second_device', zh: '同层两只探测器 4 分钟内先后报警', en: 'Two detectors on one floor within 4 minutes', facts: {} }
const alarm = (device: string): Record<string, string> => ({ id: device, device, component: '1.1.40.1', condition: 'fire' })

describe('a timeline line', () => {
  it('says grade, reasons and devices in the language of the seat', () => {
    const detail = { grade: 'I', from: 'II', kind: 'fire', reasons: [reason], alarms: [alarm('感烟 07')], at: '2026-11-22T12:00:00Z' }
    expect(detailWords({ detail }, 'zh')).toBe('I 级红色预警 · 同层两只探测器 4 分钟内先后报警')
    expect(detailWords({ detail }, 'en')).toContain('Two detectors on one floor')
  })
  it('names the first alarm points and counts the rest', () => {
    expect(detailWords({ detail: { alarms: ['1', '2', '3', '4', '5'].map(alarm) } }, 'zh')).toBe('1, 2, 3, +2')
    expect(detailWords({ detail: { alarms: ['id-1', 'id-2'], reason } }, 'zh')).toBe('+2 · 同层两只探测器 4 分钟内先后报警')
  })
  it('says the verdict and what was written by hand', () => {
    const detail = { outcome: 'false_alarm', cause: 'U1', note: '厨房油烟', account: 'x', role: 'duty' }
    expect(detailWords({ detail }, 'zh')).toBe('误报 · U1 油烟 · 厨房油烟')
    expect(detailWords({ detail: { basis: 'on_site' } }, 'zh')).toBe('现场人员核实')
  })
  it('says nothing where there is nothing to say', () => {
    expect(detailWords({ detail: { account: 'x', role: 'duty' } }, 'zh')).toBe('')
  })
})
