/* The desks that one sees, and the one of the address (else one's own, else the first). Leaves: them, or which trouble stands in the way. */
import type { Page, ShiftDesk } from '@shared/api/types'
import { api } from '@shared/session'
import { troubleOf, type Trouble } from '@shared/trouble'
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useRoute } from 'vue-router'

export interface DeskView {
  desks: ShallowRef<readonly ShiftDesk[] | null>
  desk: ComputedRef<ShiftDesk | null>
  trouble: Ref<Trouble | null>
  /** Looks at them anew. */
  ask: () => Promise<void>
}

export function useDesk(): DeskView {
  const route = useRoute()
  const desks = shallowRef<readonly ShiftDesk[] | null>(null)
  const trouble = ref<Trouble | null>(null)
  const desk = computed(() => desks.value?.find((each) => each.id === route.query['desk']) ?? desks.value?.find((each) => each.mine) ?? desks.value?.[0] ?? null)
  async function ask(): Promise<void> {
    try {
      desks.value = (await api.get<Page<ShiftDesk>>('/shift-desks')).items
      trouble.value = null
    } catch (error) {
      trouble.value = troubleOf(error)
    }
  }
  return { desks, desk, trouble, ask }
}
