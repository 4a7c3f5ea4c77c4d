/* One thing by its id in the address. Enters: a path. Leaves: the thing, or which trouble stands in the way. */
import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { api } from '@shared/session'
import { troubleOf, type Trouble } from '@shared/trouble'

export interface OneView<T> { one: ShallowRef<T | null>, trouble: Ref<Trouble | null> }

export function useOne<T>(path: () => string): OneView<T> {
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
  return { one, trouble }
}
