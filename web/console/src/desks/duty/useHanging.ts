/*
 * A list that hangs on the incident shown. Enters: what it depends on, and how it is read. Leaves: its newest answer.
 * An answer that comes after the page went on is dropped.
 */
import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Page } from '@shared/api/types'

export interface Hanging<T> { items: ShallowRef<readonly T[]>, failed: Ref<boolean>, loading: Ref<boolean>, load: () => Promise<void> }

export function useHanging<T, K extends readonly [string, ...unknown[]]>(key: () => K, read: (key: K) => Promise<Page<T>>): Hanging<T> {
  const items = shallowRef<readonly T[]>([])
  const failed = ref(false)
  const loading = ref(false)
  let asked = 0

  async function load(): Promise<void> {
    asked += 1
    const mine = asked
    loading.value = true
    try {
      const page = await read(key())
      if (mine !== asked) return
      items.value = page.items
      failed.value = false
    } catch {
      if (mine === asked) failed.value = true
    }
    if (mine === asked) loading.value = false
  }

  watch(key, (to, from) => {
    if (from !== undefined && to.every((part, n) => part === from[n])) return
    if (to[0] !== from?.[0]) items.value = []
    void load()
  }, { immediate: true })
  return { items, failed, loading, load }
}
