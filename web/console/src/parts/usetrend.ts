/*
 * Readings over a span that is chosen, of several places at once, looked at anew while the page is seen. Enters: which devices,
 * which quantity. Leaves: lines for TrendChart with the window they fill, or that they could not be read.
 */
import type { Page, ReadingStep } from '@shared/api/types'
import { api } from '@shared/session'
import { computed, onUnmounted, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { exactly } from '../live/now'

const HOUR = 3_600_000
export const SPANS = [{ id: 'hour', ms: HOUR, step: 30 }, { id: 'day', ms: 24 * HOUR, step: 300 }, { id: 'week', ms: 168 * HOUR, step: 3600 }, { id: 'month', ms: 720 * HOUR, step: 14_400 }] as const
export type Span = (typeof SPANS)[number]['id']
const BREATH_MS = 30_000

export interface Asked { metric: string, places: readonly { device_id: string, name: string }[] }
export interface Line { name: string, steps: ReadingStep[] }
export interface Trend { lines: ShallowRef<readonly Line[]>, window_: ShallowRef<{ from: number, to: number }>, failed: Ref<boolean>, stepMs: ComputedRef<number> }

export function useTrend(asked: () => Asked, span: Ref<Span>): Trend {
  const lines = shallowRef<readonly Line[]>([])
  const window_ = shallowRef({ from: exactly() - HOUR, to: exactly() })
  const failed = ref(false)
  const chosen = computed(() => SPANS.find((each) => each.id === span.value) ?? SPANS[0])
  const key = computed(() => `${span.value} ${asked().metric} ${asked().places.map((each) => each.device_id).join()}`)

  async function load(): Promise<void> {
    const { metric, places } = asked()
    if (metric === '' || places.length === 0) return
    const to = exactly()
    const { ms, step } = chosen.value
    const wanted = key.value
    const query = { metric, from: new Date(to - ms).toISOString(), to: new Date(to).toISOString(), step }
    try {
      const got = await Promise.all(places.map(async (each) => ({ name: each.name, steps: (await api.get<Page<ReadingStep>>(`/devices/${each.device_id}/readings`, query)).items })))
      if (wanted !== key.value) return
      window_.value = { from: to - ms, to }
      lines.value = got
      failed.value = false
    } catch {
      failed.value = true
    }
  }
  watch(key, () => { lines.value = []; void load() }, { immediate: true })
  const timer = window.setInterval(() => { if (!document.hidden) void load() }, BREATH_MS)
  onUnmounted(() => { window.clearInterval(timer) })
  return { lines, window_, failed, stepMs: computed(() => chosen.value.step * 1000) }
}
