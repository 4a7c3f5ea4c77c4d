/*
 * Work in the pocket. Enters: rows as the platform told them last, what waits to be sent. Leaves: the same without a network:
 * kept, with what was said here counted in. Nothing of people is kept.
 */
import type { IncidentRow } from '@shared/api/types'
import type { Item } from './outbox'

const STORED = 'zhigan.phone.orders'
const MOST_KEPT = 60

export type Order = Pick<IncidentRow, 'id' | 'grade' | 'kind' | 'state' | 'queue' | 'reasons' | 'unit' | 'place' | 'lon' | 'lat' | 'opened_at' | 'received_at' | 'flags' | 'steps' | 'work' | 'version'>

export function keptOrders(): Order[] {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? '[]') as Order[]
  } catch {
    return []
  }
}

function plain(row: Order): Order {
  const { id, grade, kind, state, queue, reasons, unit, place, lon, lat, opened_at, received_at, flags, steps, version } = row
  const work = row.work ? { ...row.work, owner: { ...row.work.owner, name: '' } } : null
  return { id, grade, kind, state, queue, reasons, unit, place, lon, lat, opened_at, received_at, flags, steps, work, version }
}

export function keepOrders(rows: readonly Order[]): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(rows.slice(0, MOST_KEPT).map(plain)))
  } catch {
    localStorage.removeItem(STORED) // a full memory: work goes on with a network
  }
}

export type Said = 'accept' | 'release' | 'finish' | 'approve' | 'send_back'

/** The last that was said of this row on this phone and is not at the platform yet. */
export function waitingOf(items: readonly Item[], id: string): Said | null {
  const said = items.filter((each) => each.refused === null && each.path.startsWith(`/tasks/${id}/`)).at(-1)
  return said === undefined ? null : said.path.split('/').at(-1) as Said
}
