/* The cuts of one circuit, newest first, looked at anew whenever the feed tells of one and every few seconds besides. */
import type { CommandView, Page } from '@shared/api/types'
import { api } from '@shared/session'
import { onUnmounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { cutsTold } from '../../live/cuts'

const BREATH_MS = 5000
const SHOWN = 20
export interface Cuts { cuts: ShallowRef<readonly CommandView[]>, next: Ref<string | null>, look: () => Promise<void>, older: () => Promise<void> }

export function useCuts(circuit: () => string): Cuts {
  const cuts = shallowRef<readonly CommandView[]>([])
  const next = ref<string | null>(null)
  const ask = (cursor: string | null): Promise<Page<CommandView> | null> =>
    api.get<Page<CommandView>>('/commands', { circuit_id: circuit(), command: 'cut_power', limit: SHOWN, cursor }).catch(() => null)

  /** The newest ones; what was fetched of older ones stays below. */
  async function look(): Promise<void> {
    const asked = circuit()
    const page = await ask(null)
    if (page === null || asked !== circuit()) return
    const seen = new Set(page.items.map((each) => each.id))
    const older = cuts.value.filter((each) => !seen.has(each.id))
    if (older.length === 0) next.value = page.next
    cuts.value = [...page.items, ...older]
  }
  async function older(): Promise<void> {
    const page = await ask(next.value)
    if (page === null) return
    next.value = page.next
    cuts.value = [...cuts.value, ...page.items]
  }
  watch(circuit, () => { cuts.value = []; void look() }, { immediate: true })
  watch(cutsTold, () => { void look() })
  const timer = window.setInterval(() => { if (!document.hidden) void look() }, BREATH_MS)
  onUnmounted(() => { window.clearInterval(timer) })
  return { cuts, next, look, older }
}
