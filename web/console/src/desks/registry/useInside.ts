/*
 * Where inside a unit something stands: its buildings, the chosen building's floors. Enters: unit, building and floor as a form
 * holds them. Leaves: what may be chosen. What cannot be read is not offered, and any floor may still be typed.
 */
import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import type { Building, FloorView, Page, UnitDetail } from '@shared/api/types'
import { api } from '@shared/session'
import type { Inside } from './fields'

export function useInside(unit: () => string, building: () => string, floor: () => string): ComputedRef<Inside> {
  const buildings = shallowRef<readonly Building[]>([])
  const floors = shallowRef<readonly FloorView[]>([])
  watch(unit, async (id) => {
    const found = id === '' ? null : await api.get<UnitDetail>(`/units/${id}`).catch(() => null)
    if (id === unit()) buildings.value = found?.buildings ?? []
  }, { immediate: true })
  watch(building, async (id) => {
    const found = id === '' ? null : await api.get<Page<FloorView>>(`/buildings/${id}/floors`).catch(() => null)
    if (id === building()) floors.value = found?.items ?? []
  }, { immediate: true })
  return computed(() => ({ buildings: buildings.value, floors: floors.value, floor: floor() }))
}
