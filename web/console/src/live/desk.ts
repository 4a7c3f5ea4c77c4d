/*
 * The live desk: one picture for all pages. Enters: the feed and the lists. Leaves: board, counts, link and freshness,
 * arrivals for sound and speech. Deliberately absent: pixels and tones.
 *
 * How nothing is missed or doubled: the feed is resumed by Last-Event-ID, and on every connection the open incidents
 * are read besides; both are merged by version (board.ts).
 */
import { computed, ref, shallowRef } from 'vue'
import type { Flood, Incident, IncidentRow, LiveIncident, OpenCounts, Page, Queue } from '@shared/api/types'
import { api } from '@shared/session'
import { instant } from '@shared/time'
import { troubleOf, type Trouble } from '@shared/trouble'
import { gone, isOver, mergeEvent, mergeRows, type Arrival, type Board, type Merge } from './board'
import { Feed, type Link } from './feed'
import { exactly, pulse } from './now'
import { cutTold, forgetCuts, readCuts } from './cuts'
import * as handling from './handling'
import { counts } from './queue'
import { measure } from './roundtrip'
import type { ServerEvent } from './sse'

const PAGE = 500
const MOST_PAGES = 8
const GATHER_MS = 40
const SIDE_MS = 1500
const COUNT_MS = 1000
const MOST_CLOSED = 5000

/** Attention or tasks: groups of many rows, and the rows that stand in none; `more`: not all of these. */
export interface SideList extends Pick<Flood, 'groups' | 'more'> { rows: IncidentRow[], trouble: Trouble | null, loaded: boolean }
const EMPTY: SideList = { rows: [], groups: [], more: false, trouble: null, loaded: false }

export const board = shallowRef<Board>(new Map())
export const link = ref<Link>('connecting')
export const heardAt = ref(0)
export const loaded = ref(false)
export const trouble = ref<Trouble | null>(null)
export const attention = shallowRef<SideList>(EMPTY)
export const tasks = shallowRef<SideList>(EMPTY)
/** How many rows are open in each queue, exactly; null until it was read. */
export const standing = ref<OpenCounts | null>(null)
/** Round trip of the link, ms. */
export const latency = ref<number | null>(null)
/** What the last alarm took from the platform's door to this screen, ms. */
export const alarmPath = ref<number | null>(null)
/** Bumped when the feed has caught up after a cut. */
export const caughtUp = ref(0)

export const totals = computed(() => counts(board.value))
export const stale = computed(() => link.value === 'cut' || link.value === 'refused')

let listeningSince = Number.POSITIVE_INFINITY
const closed = new Map<string, number>()
const watchers = new Set<(arrivals: readonly Arrival[], board: Board) => void>()
const changes = new Set<(id: string, version: number) => void>()
let softTone: () => void = () => undefined

export function onArrivals(watcher: (arrivals: readonly Arrival[], board: Board) => void): void {
  watchers.add(watcher)
}

export function onAttention(act: () => void): void {
  softTone = act
}

/** Told of every newer version of any incident: an open page fetches its own again. */
export function onChange(watcher: (id: string, version: number) => void): () => void {
  changes.add(watcher)
  return () => { changes.delete(watcher) }
}

function settle(merge: Merge): void {
  for (const arrival of merge.arrivals) {
    if (arrival.what === 'closed') closed.set(arrival.id, arrival.version)
    for (const watcher of changes) watcher(arrival.id, arrival.version)
  }
  for (const id of closed.keys()) {
    if (closed.size <= MOST_CLOSED) break
    closed.delete(id)
  }
  if (merge.board === board.value && merge.arrivals.length === 0) return
  board.value = merge.board
  handling.noteArrivals(merge.arrivals, exactly())
  if (merge.arrivals.length > 0) for (const watcher of watchers) watcher(merge.arrivals, merge.board)
}

/** A detail that a page fetched, or the answer to a step. */
export function learn(incident: Incident | IncidentRow): void {
  settle(mergeRows(board.value, [incident], closed))
}

async function openRows(): Promise<{ rows: IncidentRow[], whole: boolean }> {
  const rows: IncidentRow[] = []
  let cursor: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const got: Page<IncidentRow> = await api.get('/incidents', { open: true, brief: true, limit: PAGE, cursor })
    rows.push(...got.items)
    cursor = got.next
    if (cursor === null) return { rows, whole: true }
  }
  return { rows, whole: false }
}

let reading: Promise<void> | null = null
let again = false

/** Reads what is open and merges it; calls while it reads are answered by one more reading after it. */
export function refresh(): Promise<void> {
  if (reading !== null) {
    again = true
    return reading
  }
  reading = readAll().finally(() => {
    reading = null
    if (again) void refresh()
  })
  return reading
}

async function readAll(): Promise<void> {
  again = false
  const asked = new Map([...board.value.values()].map((row) => [row.id, row.version]))
  try {
    const { rows, whole } = await openRows()
    settle(mergeRows(board.value, rows, closed))
    if (whole) await missing(gone(board.value, new Set(rows.map((row) => row.id)), asked))
    trouble.value = null
    loaded.value = true
  } catch (error) {
    trouble.value = troubleOf(error)
  }
}

/** What is no longer in the list: asked one by one, so that a row goes only when the platform says why. */
async function missing(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    try {
      learn(await api.get<Incident>(`/incidents/${id}`))
    } catch (error) {
      if (troubleOf(error) !== 'gone') throw error
      const next = new Map(board.value)
      next.delete(id)
      board.value = next
    }
  }
}

async function readSide(queue: Side): Promise<SideList> {
  try {
    const flood = await api.get<Flood>('/incidents/flood', { queue, limit: PAGE })
    return { rows: flood.items, groups: flood.groups, more: flood.more, trouble: null, loaded: true }
  } catch (error) {
    const before = queue === 'attention' ? attention.value : tasks.value
    return { ...before, trouble: troubleOf(error), loaded: true }
  }
}

type Side = Exclude<Queue, 'desk'>
let looked: Side | null = null

/** Which side list somebody looks at: only that one is read; of the other its count is enough. */
export function look(queue: Queue): void {
  looked = queue === 'desk' ? null : queue
  if (looked !== null && link.value === 'live') void refreshSide(looked)
}

export async function refreshSide(queue: Side): Promise<void> {
  const list = await readSide(queue)
  if (queue === 'attention') attention.value = list
  else tasks.value = list
}

async function refreshCounts(): Promise<void> {
  try {
    standing.value = await api.get<OpenCounts>('/incidents/counts')
  } catch {
    // What was counted stays; the link says how old the picture is, and the next event or connection counts again.
  }
}

const due = new Map<string, number>()

/** Gathers bursts: a storm of events becomes one reading. */
function soon(what: string, ms: number, act: () => void): void {
  if (due.has(what)) return
  due.set(what, window.setTimeout(() => {
    due.delete(what)
    act()
  }, ms))
}

/** Grades III and IV: counts, and the list that is looked at, are read again; a new III sounds once. */
function takeSide(incident: LiveIncident, queue: Side): void {
  for (const watcher of changes) watcher(incident.id, incident.version)
  if (queue === 'attention' && incident.version === 1 && !isOver(incident)) softTone()
  recount()
  if (queue === looked) soon(queue, SIDE_MS, () => { void refreshSide(queue) })
}

/** Two hundred screens do not ask in the same instant. */
function recount(): void {
  soon('counts', COUNT_MS * (1 + Math.random()), () => { void refreshCounts() })
}

const ROWS = new Set(['incident', 'attention', 'task'])

/** Alarm received by the platform → shown here; only what was received while we listened is a measurement. */
function measurePath(incident: LiveIncident): void {
  const received = instant(incident.last_signal_at)
  if (incident.version !== 1 || received === null || received < listeningSince) return
  alarmPath.value = Math.max(1, exactly() - received)
}

/** It stands in another scope now, which may be ours as well: the lists say whether it is still here. */
function leave(left: Pick<LiveIncident, 'id' | 'version'>): void {
  for (const watcher of changes) watcher(left.id, left.version)
  recount()
  if (board.value.has(left.id)) soon('desk', GATHER_MS, () => { void refresh() })
  if (looked !== null) soon(looked, SIDE_MS, () => { if (looked !== null) void refreshSide(looked) })
}

/** What the feed tells besides rows. */
function takeOther(event: ServerEvent): void {
  if (event.event === 'command' && (JSON.parse(event.data) as { command: string }).command === 'cut_power') cutTold()
  if (event.event === 'left') leave(JSON.parse(event.data) as Pick<LiveIncident, 'id' | 'version'>)
  if (event.event === 'handling') handling.handlingTold(event.data)
}

function take(event: ServerEvent): void {
  takeOther(event)
  if (!ROWS.has(event.event)) return
  const incident = JSON.parse(event.data) as LiveIncident
  const queue = incident.queue
  if (queue !== 'desk' && !board.value.has(incident.id)) {
    takeSide(incident, queue)
    return
  }
  const merge = mergeEvent(board.value, incident, closed)
  settle(merge)
  if (queue !== 'desk') takeSide(incident, queue)
  // What rose onto the desk left another queue.
  if (merge.arrivals.some((arrival) => arrival.what === 'opened')) recount()
  measurePath(incident)
  if (merge.arrivals.some((arrival) => arrival.what !== 'closed')) soon('desk', GATHER_MS, () => { void refresh() })
}

let measured: number | null = null
const feed = new Feed('/api/v1/live', {
  event: take,
  pulse,
  connected: (resumed) => {
    listeningSince = exactly()
    void refresh().then(() => { if (resumed) caughtUp.value += 1 })
    void refreshCounts()
    void readCuts()
    void handling.readHandling()
    if (looked !== null) void refreshSide(looked)
  },
  state: (state, at) => {
    link.value = state
    // As the platform's clock would show it, like every other time on the page.
    heardAt.value = at === 0 ? 0 : at + exactly() - Date.now()
    // A feed that comes alive between two measurements has been measured already: nobody waits for the next one.
    latency.value = state === 'live' ? latency.value ?? measured : null
  },
})

const online = (): void => { feed.hurry() }
const offline = (): void => { feed.cut() }

let stopMeasuring: () => void = () => undefined

export function start(): void {
  feed.start()
  handling.start()
  stopMeasuring = measure((ms) => {
    measured = ms
    latency.value = link.value === 'live' ? ms : null
  })
  window.addEventListener('online', online)
  window.addEventListener('offline', offline)
}

export function stop(): void {
  feed.stop()
  handling.stop()
  stopMeasuring()
  window.removeEventListener('online', online)
  window.removeEventListener('offline', offline)
  for (const timer of due.values()) window.clearTimeout(timer)
  due.clear()
  closed.clear()
  forgetCuts()
  board.value = new Map()
  attention.value = EMPTY
  tasks.value = EMPTY
  standing.value = null
  loaded.value = false
  trouble.value = null
}

export function retry(): void {
  feed.hurry()
}
