/*
 * Who answers for what, for the queue, the incident and the sound. Enters: GET /handling on every connection and
 * each half minute, `handling` of the live feed. Leaves: whose desk this is, the holder of every row, the rows that sound here.
 */
import { computed, ref, shallowRef } from 'vue'
import type { Handling, HeldIncident } from '@shared/api/types'
import { t, word } from '@shared/i18n'
import { api } from '@shared/session'
import { instant, stopwatch } from '@shared/time'
import type { Arrival, Board, BoardRow } from './board'
import { sounds } from './holder'

const BREATH_MS = 30_000
export const mine = shallowRef<Handling | null>(null)
export const held = shallowRef<ReadonlyMap<string, HeldIncident>>(new Map())
const came = new Map<string, number>()
const fresh = new Map<string, HeldIncident>()
const asking = ref(false)
let timer = 0

export async function readHandling(): Promise<void> {
  if (asking.value) return
  asking.value = true
  fresh.clear()
  try {
    const said = await api.get<Handling>('/handling')
    mine.value = said
    held.value = new Map([...said.held.map((each) => [each.incident, each] as const), ...fresh])
  } catch { /* what was said stays; a desk that does not know sounds */ }
  asking.value = false
}

export function handlingTold(data: string): void {
  const said = JSON.parse(data) as HeldIncident
  fresh.set(said.incident, said)
  held.value = new Map(held.value).set(said.incident, said)
}

/** When a row came to this page: so long it waits for the word. */
export function noteArrivals(arrivals: readonly Arrival[], now: number): void {
  for (const { id, what } of arrivals) {
    if (what === 'closed') came.delete(id)
    else if (!came.has(id)) came.set(id, now)
  }
}

export function sounding(board: Board, now: number): Board {
  const desk = mine.value
  const here = desk === null ? null : { level: desk.desk.level, below: desk.below }
  return new Map([...board].filter(([id, row]) => sounds(row, here, held.value, now - (came.get(id) ?? now))))
}

export const myDesk = computed(() => (mine.value === null ? '' : deskName(mine.value.desk.level, mine.value.desk.name)))

export function deskName(level: string, name: string): string {
  return name === '' ? word('handling.plain', level) : t('handling.of', { name, desk: word('handling.desk', level) })
}

/** Whose desk it is, and in how many seconds it passes on to whom; empty where there is nothing to say. */
export function holderWords(row: Pick<BoardRow, 'id' | 'grade' | 'state' | 'queue'>, now: number): string {
  if (row.queue !== 'desk' || row.state !== 'open') return ''
  const holder = held.value.get(row.id)
  if (holder === undefined) return ''
  if (row.grade === 'I') return t('handling.all')
  const desk = deskName(holder.level, holder.name)
  const until = instant(holder.until)
  if (until === null || holder.next === null) return desk
  return t('handling.until', { desk, time: stopwatch(Math.max(0, until - now)), next: word('handling.level', holder.next) })
}

export function start(): void {
  timer = window.setInterval(() => { void readHandling() }, BREATH_MS)
}

export function stop(): void {
  window.clearInterval(timer)
  came.clear()
  mine.value = null
  held.value = new Map()
}
