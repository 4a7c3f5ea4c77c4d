/* Judging the platform's parts for its page. Enters: what was measured. Leaves: rows with a state and a measure in words. Pure. */
import type { PlatformView } from '@shared/api/types'
import { t } from '@shared/i18n'

export type PartState = 'good' | 'late' | 'down' | 'unknown'
export interface Part { part: string, state: PartState, measure: string }

const MANY_WAIT = 1_000
const LITTLE_DISK = 0.1
const NO_DISK = 0.03

export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const at = Math.min(units.length - 1, n < 1 ? 0 : Math.floor(Math.log2(n) / 10))
  return `${(n / 2 ** (10 * at)).toFixed(at === 0 ? 0 : 1)} ${units[at] ?? ''}`
}

function waiting(lane: PlatformView['lanes'][number]): Part {
  const part = `lane.${lane.lane}`
  if (lane.waiting === null) return { part, state: 'unknown', measure: '–' }
  return { part, state: lane.waiting > MANY_WAIT ? 'late' : 'good', measure: t('platform.waiting', { n: lane.waiting }) }
}

function disk(seen: PlatformView): Part {
  const share = seen.disk.free / Math.max(1, seen.disk.total)
  const state = share < NO_DISK ? 'down' : share < LITTLE_DISK ? 'late' : 'good'
  return { part: 'disk', state, measure: t('platform.free', { free: bytes(seen.disk.free), total: bytes(seen.disk.total) }) }
}

function quarantine(seen: PlatformView): Part {
  const n = seen.quarantined
  if (n === null) return { part: 'quarantine', state: 'unknown', measure: '–' }
  return { part: 'quarantine', state: n > 0 ? 'late' : 'good', measure: t('platform.quarantined', { n }) }
}

export function parts(seen: PlatformView, latency: number | null): Part[] {
  const hot = seen.processes.find((each) => each.name === 'hot')
  const devices = seen.devices_connected
  return [
    { part: 'hot', state: hot?.heard_at ? 'good' : 'down', measure: devices === null ? '–' : t('platform.connected', { n: devices }) },
    ...seen.lanes.map(waiting),
    { part: 'live', state: latency === null ? 'unknown' : 'good', measure: latency === null ? '–' : t('platform.roundtrip', { ms: latency }) },
    { part: 'partitions', state: seen.kept.ahead > 0 ? 'good' : 'down', measure: t('platform.ahead', { n: seen.kept.ahead }) },
    disk(seen),
    quarantine(seen),
  ]
}
