/*
 * The queue under the hand. Enters: the board, pointer and keys, the filter. Leaves: the rows to show and how many wait.
 */
import { computed, onUnmounted, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { Group, IncidentRow, Page, Queue } from '@shared/api/types'
import { word } from '@shared/i18n'
import { api } from '@shared/session'
import * as desk from '../../live/desk'
import type { BoardRow } from '../../live/board'
import { now } from '../../live/now'
import { present, type Shown } from '../../live/queue'

const POINTER_MS = 6000
const TYPING_MS = 4000
const SEEK_MS = 250
const MOST_FOUND = 200

export interface QueueView {
  tab: Ref<Queue>
  filter: Ref<string>
  shown: ComputedRef<Shown>
  rows: ComputedRef<readonly IncidentRow[]>
  groups: ComputedRef<readonly Group[]>
  pointed(): void
  pointerLeft(): void
  typed(): void
  release(): void
}

export function matches(row: IncidentRow, filter: string): boolean {
  const wanted = filter.trim().toLowerCase()
  if (wanted === '') return true
  const place = [row.id, row.unit?.name, row.unit?.code, row.building?.name, row.place, word('kind', row.kind)]
  return wanted.split(/\s+/).every((part) => place.some((text) => text?.toLowerCase().includes(part)))
}

/** Words in attention and tasks are looked for by the platform: groups hold more rows than stand here. */
function useSought(tab: Ref<Queue>, filter: Ref<string>): Ref<readonly IncidentRow[] | null> {
  const found = shallowRef<readonly IncidentRow[] | null>(null)
  let timer = 0
  let turn = 0

  async function seek(queue: Queue, q: string): Promise<void> {
    const mine = ++turn
    try {
      const page = await api.get<Page<IncidentRow>>(queue === 'attention' ? '/attention' : '/tasks', { open: true, brief: true, limit: MOST_FOUND, q })
      if (mine === turn) found.value = page.items
    } catch {
      if (mine === turn) found.value = null
    }
  }
  watch([tab, filter], ([queue, text]) => {
    window.clearTimeout(timer)
    turn++
    found.value = null
    if (queue !== 'desk' && text.trim() !== '') timer = window.setTimeout(() => { void seek(queue, text.trim()) }, SEEK_MS)
  })
  onUnmounted(() => { window.clearTimeout(timer) })
  return found
}

export function useQueue(): QueueView {
  const tab = ref<Queue>('desk')
  const filter = ref('')
  const pointedAt = ref(0)
  const typedAt = ref(0)
  const held = shallowRef<readonly string[] | null>(null)
  const before = shallowRef<ReadonlyMap<string, BoardRow>>(new Map())

  const holding = computed(() => now.value - pointedAt.value < POINTER_MS || now.value - typedAt.value < TYPING_MS)
  const shown = computed(() => present(desk.board.value, held.value, before.value))

  watch(holding, (still) => {
    held.value = still ? shown.value.ids : null
    before.value = new Map(desk.board.value)
  }, { flush: 'sync' })
  // What broke in stays where it came in, and what closes is remembered as it was last seen.
  watch(desk.board, (board) => {
    if (held.value === null) return
    before.value = new Map([...before.value, ...board])
    held.value = shown.value.ids
  })

  const sought = useSought(tab, filter)
  watch(tab, (queue) => { desk.look(queue) }, { immediate: true })
  onUnmounted(() => { desk.look('desk') })

  const side = computed(() => (tab.value === 'attention' ? desk.attention.value : desk.tasks.value))
  const rows = computed<readonly IncidentRow[]>(() => {
    if (tab.value === 'desk') return shown.value.rows.filter((row) => matches(row, filter.value))
    return sought.value ?? side.value.rows.filter((row) => matches(row, filter.value))
  })
  const groups = computed<readonly Group[]>(() => (tab.value === 'desk' || filter.value.trim() !== '' ? [] : side.value.groups))

  return {
    tab, filter, shown, rows, groups,
    pointed: () => { pointedAt.value = now.value },
    pointerLeft: () => { pointedAt.value = 0 },
    typed: () => { typedAt.value = now.value },
    release: () => {
      pointedAt.value = 0
      typedAt.value = 0
      held.value = null
    },
  }
}
