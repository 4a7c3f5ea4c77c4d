/*
 * The devices that a walk test may take one by one. Enters: unit, building, floor, or nothing. Leaves: the devices there that can
 * speak for themselves, at most so many; the platform judges what each must bring.
 */
import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Device, FloorDevices, Page } from '@shared/api/types'
import { api } from '@shared/session'

interface Where { unit: string, building: string, floor: string }
export type Testable = Pick<Device, 'id' | 'name' | 'address' | 'type' | 'place'>
const PAGE = 500
const MOST_PAGES = 4
const SILENT = new Set(['transmission_device', 'camera'])

async function ofFloor(where: Where): Promise<Testable[]> {
  const floor = await api.get<FloorDevices>(`/buildings/${where.building}/floor`, { floor: where.floor })
  return [...floor.placed, ...floor.unplaced].filter((each) => each.floor !== '')
}

async function ofUnit(where: Where): Promise<{ found: Testable[], more: boolean }> {
  const found: Device[] = []
  let cursor: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const got: Page<Device> = await api.get('/devices', { unit_id: where.unit, limit: PAGE, cursor })
    found.push(...got.items)
    cursor = got.next
    if (cursor === null) break
  }
  return { found: found.filter((each) => where.building === '' || each.building_id === where.building), more: cursor !== null }
}

export function useTestable(where: () => Where | null): { devices: ShallowRef<readonly Testable[]>, more: Ref<boolean>, failed: Ref<boolean> } {
  const devices = shallowRef<readonly Testable[]>([])
  const more = ref(false)
  const failed = ref(false)
  watch(() => JSON.stringify(where()), async (asked) => {
    const here = where()
    devices.value = []
    more.value = failed.value = false
    if (here === null || here.unit === '') return
    try {
      const got = here.floor === '' ? await ofUnit(here) : { found: await ofFloor(here), more: false }
      if (asked !== JSON.stringify(where())) return
      devices.value = got.found.filter((each) => !SILENT.has(each.type))
      more.value = got.more
    } catch {
      failed.value = true
    }
  }, { immediate: true })
  return { devices, more, failed }
}
