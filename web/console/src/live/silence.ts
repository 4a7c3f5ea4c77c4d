/*
 * How much is kept silent, for every page's header. Enters: the platform's count, every half minute and after each change made
 * here. Leaves: the count, null until it is known.
 */
import { shallowRef } from 'vue'
import type { SilenceSummary } from '@shared/api/types'
import { api } from '@shared/session'

const BREATH_MS = 30_000
export const silenced = shallowRef<SilenceSummary | null>(null)
let timer = 0

export async function countSilences(): Promise<void> {
  try { silenced.value = await api.get<SilenceSummary>('/silences/summary') } catch { /* the header says how fresh its link is */ }
}

/** While a header is shown. */
export function followSilences(): () => void {
  void countSilences()
  timer = window.setInterval(() => { void countSilences() }, BREATH_MS)
  return () => {
    window.clearInterval(timer)
    silenced.value = null
  }
}
