/*
 * The alarms in one's scope, live. Enters: the feed, and the list it points to. Leaves: open incidents, gravest first, and
 * how fresh the picture is. Deliberately absent: an incident's details (the alarm's page reads its own).
 */
import { Feed, type Link } from '@console/live/feed'
import { pulse } from '@console/live/now'
import type { IncidentRow, Page } from '@shared/api/types'
import { api } from '@shared/session'
import { ref, shallowRef } from 'vue'

export const alarms = shallowRef<readonly IncidentRow[]>([])
export const loaded = ref(false)
export const failed = ref(false)
export const link = ref<Link>('connecting')
export const heardAt = ref(0)

const GATHER_MS = 150
const ORDER = { I: 0, II: 1, III: 2, IV: 3 } as const
const watchers = new Set<(id: string) => void>()
let timer: ReturnType<typeof setTimeout> | undefined
let feed: Feed | null = null

/** Told of each incident that changed. */
export function onIncident(watcher: (id: string) => void): () => void {
  watchers.add(watcher)
  return () => { watchers.delete(watcher) }
}

export function graver(a: Pick<IncidentRow, 'grade' | 'received_at'>, b: Pick<IncidentRow, 'grade' | 'received_at'>): number {
  return ORDER[a.grade] - ORDER[b.grade] || Date.parse(b.received_at) - Date.parse(a.received_at)
}

async function read(): Promise<void> {
  try {
    const page = await api.get<Page<IncidentRow>>('/incidents', { open: true, brief: true, limit: 50 })
    alarms.value = [...page.items].sort(graver)
    loaded.value = true
    failed.value = false
  } catch {
    failed.value = true
  }
}

function soon(): void {
  clearTimeout(timer)
  timer = setTimeout(() => { void read() }, GATHER_MS)
}

function heard(event: string, data: string): void {
  if (event !== 'incident' && event !== 'left') return
  soon()
  const id = (JSON.parse(data) as { id?: unknown }).id
  if (typeof id === 'string') for (const watcher of watchers) watcher(id)
}

export function start(): void {
  if (feed !== null) return
  feed = new Feed('/api/v1/live', {
    event: ({ event, data }) => { heard(event, data) },
    pulse,
    connected: soon,
    state: (state, at) => {
      link.value = state
      heardAt.value = at
    },
  })
  feed.start()
  void read()
}

export function stop(): void {
  feed?.stop()
  feed = null
  alarms.value = []
  loaded.value = false
}

/** The network is back, or somebody came back to the page. */
export function hurry(): void {
  feed?.hurry()
  soon()
}
