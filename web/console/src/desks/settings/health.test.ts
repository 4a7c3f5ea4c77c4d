import type { PlatformView } from '@shared/api/types'
import { describe, expect, it } from 'vitest'
import { bytes, parts } from './health'

const seen: PlatformView = {
  now: '2026-11-23T00:00:00Z', processes: [{ name: 'hot', heard_at: '2026-11-23T00:00:00Z' }, { name: 'web', heard_at: '2026-11-23T00:00:00Z' }],
  lanes: [{ lane: 'urgent', last: 9, taken: 9, waiting: 0 }, { lane: 'bulk', last: 9, taken: 9, waiting: 0 }],
  disk: { free: 50, total: 100 }, kept: { days: 5, oldest: '', newest: '', ahead: 3, database_bytes: 1 }, events: 1, devices_connected: 3, quarantined: 0, doors: [], settings: [],
  history: {
    signal_days: 30, archive_days: 400, incident_hours: 24, place: '/data/archive', signal_bytes: 0, rollup_bytes: 0, stocks: [], hours_waiting: 0,
    days_waiting: 0, done: null, failed: null, next_day: null, next_at: null,
  },
}
const states = (view: PlatformView, latency: number | null = 3): Record<string, string> => Object.fromEntries(parts(view, latency).map((each) => [each.part, each.state]))

describe('the platform as judged', () => {
  it('is good where nothing waits and all parts answer', () => {
    expect(new Set(Object.values(states(seen)))).toEqual(new Set(['good']))
  })
  it('names each part that is late, down or not known', () => {
    expect(states({ ...seen, processes: [{ name: 'hot', heard_at: null }] })['hot']).toBe('down')
    expect(states({ ...seen, lanes: [{ lane: 'urgent', last: 2000, taken: 1, waiting: 1999 }] })['lane.urgent']).toBe('late')
    expect(states({ ...seen, lanes: [{ lane: 'urgent', last: null, taken: 1, waiting: null }] })['lane.urgent']).toBe('unknown')
    expect(states({ ...seen, disk: { free: 9, total: 100 } })['disk']).toBe('late')
    expect(states({ ...seen, disk: { free: 2, total: 100 } })['disk']).toBe('down')
    expect(states({ ...seen, kept: { ...seen.kept, ahead: 0 } })['partitions']).toBe('down')
    expect(states({ ...seen, quarantined: 1 })['quarantine']).toBe('late')
    expect(states(seen, null)['live']).toBe('unknown')
  })
  it('says sizes in the units that fit', () => {
    expect([0, 1023, 1024, 1536 * 1024, 5 * 2 ** 40].map(bytes)).toEqual(['0 B', '1023 B', '1.0 KiB', '1.5 MiB', '5.0 TiB'])
  })
})
