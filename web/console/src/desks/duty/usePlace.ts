/*
 * What stands around an incident. Enters: the incident's unit and coordinates. Leaves: the unit, its people, its devices
 * that are not normal, its earlier incidents, the nearest hydrants. A part that this platform does not have (404) is left out.
 */
import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { Refused } from '@shared/api/client'
import type { Device, Hydrant, Incident, IncidentRow, Page, UnitDetail } from '@shared/api/types'
import { api } from '@shared/session'

export interface PlaceView {
  unit: ShallowRef<UnitDetail | null>
  hydrants: ShallowRef<readonly Hydrant[]>
  devices: ShallowRef<readonly Device[]>
  history: ShallowRef<readonly IncidentRow[]>
  trouble: Ref<boolean>
  loading: Ref<boolean>
}

async function optional<T>(ask: Promise<Page<T>>): Promise<readonly T[] | null> {
  try {
    return (await ask).items
  } catch (error) {
    if (error instanceof Refused && (error.status === 404 || error.status === 403)) return null
    throw error
  }
}

function nearest(lon: number | null | undefined, lat: number | null | undefined): Promise<readonly Hydrant[] | null> {
  if (typeof lon !== 'number' || typeof lat !== 'number') return Promise.resolve(null)
  return optional(api.get<Page<Hydrant>>('/hydrants', { near: `${lon},${lat}`, limit: 3 }))
}

const NOT_NORMAL = ['alarm', 'fault', 'offline', 'shielded'] as const

/** What is not normal, gravest first; the list is asked by one word at a time. */
async function abnormal(id: string): Promise<readonly Device[]> {
  const pages = await Promise.all(NOT_NORMAL.map((condition) => api.get<Page<Device>>('/devices', { unit_id: id, condition, limit: 10 })))
  return pages.flatMap((page) => page.items).slice(0, 15)
}

export function usePlace(incident: Ref<Incident | null>): PlaceView {
  const view: PlaceView = {
    unit: shallowRef(null), hydrants: shallowRef([]), devices: shallowRef([]), history: shallowRef([]),
    trouble: ref(false), loading: ref(false),
  }

  async function load(id: string): Promise<void> {
    view.loading.value = true
    view.trouble.value = false
    try {
      const [unit, devices, history] = await Promise.all([
        api.get<UnitDetail>(`/units/${id}`),
        abnormal(id),
        api.get<Page<IncidentRow>>('/incidents', { unit_id: id, brief: true, limit: 21 }),
      ])
      if (incident.value?.unit?.id !== id) return
      view.unit.value = unit
      view.devices.value = devices
      view.history.value = history.items.filter((row) => row.id !== incident.value?.id)
      view.hydrants.value = await nearest(unit.lon, unit.lat) ?? []
    } catch {
      view.trouble.value = true
    } finally {
      view.loading.value = false
    }
  }

  watch(() => incident.value?.unit?.id ?? null, (id) => {
    view.unit.value = null
    view.hydrants.value = []
    view.devices.value = []
    view.history.value = []
    if (id !== null) void load(id)
  }, { immediate: true })

  return view
}
