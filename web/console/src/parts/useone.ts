/* One thing by its id in the address. Enters: a path, and for what changes by itself how often it is looked at anew while the
 * page is seen. Leaves: the thing, or which trouble stands in the way. */
import { onUnmounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { api } from '@shared/session'
import { troubleOf, type Trouble } from '@shared/trouble'

export interface OneView<T> { one: ShallowRef<T | null>, trouble: Ref<Trouble | null>, again: () => Promise<void> }

export function useOne<T>(path: () => string, breathMs = 0): OneView<T> {
  const one = shallowRef<T | null>(null)
  const trouble = ref<Trouble | null>(null)
  watch(path, async (wanted) => {
    one.value = null
    trouble.value = null
    try {
      const got = await api.get<T>(wanted)
      if (wanted === path()) one.value = got
    } catch (error) {
      if (wanted === path()) trouble.value = troubleOf(error)
    }
  }, { immediate: true })
  /** A look that fails leaves what stands there: the next one comes. */
  async function again(): Promise<void> {
    const wanted = path()
    const got = await api.get<T>(wanted)
    if (wanted === path()) one.value = got
  }
  if (breathMs > 0) {
    const timer = window.setInterval(() => { if (!document.hidden && one.value !== null) again().catch(() => undefined) }, breathMs)
    onUnmounted(() => { window.clearInterval(timer) })
  }
  return { one, trouble, again }
}
