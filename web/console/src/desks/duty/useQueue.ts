/*
 * The queue under the hand. Enters: the board, pointer and keys, the filter. Leaves: the rows to show and how many wait.
 */
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { IncidentRow, Queue } from '@shared/api/types'
import { word } from '@shared/i18n'
import * as desk from '../../live/desk'
import type { BoardRow } from '../../live/board'
import { now } from '../../live/now'
import { present, type Shown } from '../../live/queue'

const POINTER_MS = 6000
const TYPING_MS = 4000

export interface QueueView {
  tab: Ref<Queue>
  filter: Ref<string>
  shown: ComputedRef<Shown>
  rows: ComputedRef<readonly IncidentRow[]>
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

  const rows = computed<readonly IncidentRow[]>(() => {
    const all: readonly IncidentRow[] = tab.value === 'desk'
      ? shown.value.rows
      : tab.value === 'attention' ? desk.attention.value.rows : desk.tasks.value.rows
    return all.filter((row) => matches(row, filter.value))
  })

  return {
    tab, filter, shown, rows,
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
