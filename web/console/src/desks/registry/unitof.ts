/* A record of a unit's that is opened as a form, new or standing. Enters: the page's address. Leaves: the record if it stands, the unit it belongs to
   (the record's own, or the one that the address names), and why they could not be had. */
import type { UnitDetail } from '@shared/api/types'
import { api } from '@shared/session'
import { troubleOf, type Trouble } from '@shared/trouble'
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { useRoute } from 'vue-router'

export interface Opened<T> { record: ShallowRef<T | null>, unit: ShallowRef<UnitDetail | null>, trouble: Ref<Trouble | null>, ready: Ref<boolean> }

export function useOpened<T extends { unit_id: string | null }>(path: string): Opened<T> {
  const route = useRoute()
  const id = typeof route.params['id'] === 'string' ? route.params['id'] : null
  const record: ShallowRef<T | null> = shallowRef(null)
  const unit = shallowRef<UnitDetail | null>(null)
  const trouble = ref<Trouble | null>(null)
  const ready = ref(false)

  async function load(): Promise<void> {
    try {
      if (id !== null) record.value = await api.get<T>(`${path}/${id}`)
      const asked = route.query['unit_id']
      const belongs = record.value?.unit_id ?? (typeof asked === 'string' ? asked : null)
      if (belongs !== null) unit.value = await api.get<UnitDetail>(`/units/${belongs}`)
      ready.value = true
    } catch (error) {
      trouble.value = troubleOf(error)
    }
  }
  void load()
  return { record, unit, trouble, ready }
}
