/*
 * Placing by hand. Enters: a floor, where a device is put. Leaves: the floor with it there at once, the platform told, and a
 * way back. What the platform refuses goes back to where it was. One at a time, in order.
 */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { Refused } from '@shared/api/client'
import type { FloorDevices, PlanDevice } from '@shared/api/types'
import { t } from '@shared/i18n'
import { anyWords } from '@shared/refusals'
import { api } from '@shared/session'
import { nameOf, within } from '../../parts/plan'

export interface Place { x: number, y: number }
interface Done { id: string, before: Place | null }
export interface Placing { said: Ref<string>, undoable: ShallowRef<readonly Done[]>, show: (id: string, to: Place | null) => void, put: (id: string, from: Place | null, to: Place | null) => Promise<void>, undo: () => Promise<void> }

export const placeOf = (device: PlanDevice | undefined): Place | null => (device === undefined || device.x === null || device.y === null ? null : { x: device.x, y: device.y })

/** The floor with one device elsewhere; `null` takes it off. */
export function moved(floor: FloorDevices, id: string, to: Place | null): FloorDevices {
  const device = [...floor.placed, ...floor.unplaced].find((each) => each.id === id)
  if (device === undefined) return floor
  const rest = { placed: floor.placed.filter((each) => each.id !== id), unplaced: floor.unplaced.filter((each) => each.id !== id) }
  const there = { ...device, x: to === null ? null : within(to.x), y: to === null ? null : within(to.y), floor: to === null ? device.floor : floor.floor }
  if (to === null) return { ...floor, placed: rest.placed, unplaced: [...rest.unplaced, there] }
  const stood = floor.placed.some((each) => each.id === id)
  return { ...floor, placed: stood ? floor.placed.map((each) => (each.id === id ? there : each)) : [...rest.placed, there], unplaced: rest.unplaced }
}

export function usePlacing(floor: ShallowRef<FloorDevices | null>): Placing {
  const said = ref('')
  const undoable = shallowRef<readonly Done[]>([])
  let last: Promise<void> = Promise.resolve()

  const deviceOf = (id: string): PlanDevice | undefined => [...(floor.value?.placed ?? []), ...(floor.value?.unplaced ?? [])].find((each) => each.id === id)

  function show(id: string, to: Place | null): void {
    if (floor.value !== null) floor.value = moved(floor.value, id, to)
  }

  async function tell(id: string, from: Place | null, to: Place | null): Promise<boolean> {
    const device = deviceOf(id)
    const name = device === undefined ? '' : nameOf(device)
    try {
      if (to === null) await api.remove(`/devices/${id}/spot`)
      else await api.put(`/devices/${id}/spot`, { x: within(to.x), y: within(to.y), floor: floor.value?.floor })
      said.value = t('plan.saved', { name })
      return true
    } catch (error) {
      show(id, from)
      said.value = t('plan.unsaved', { name, detail: error instanceof Refused ? anyWords(error) : t('step.unreachable') })
      return false
    }
  }

  function put(id: string, from: Place | null, to: Place | null): Promise<void> {
    show(id, to)
    last = last.then(async () => {
      if (await tell(id, from, to)) undoable.value = [...undoable.value.slice(-49), { id, before: from }]
    })
    return last
  }

  async function undo(): Promise<void> {
    await last
    const done = undoable.value.at(-1)
    if (done === undefined) return
    undoable.value = undoable.value.slice(0, -1)
    const from = placeOf(deviceOf(done.id))
    show(done.id, done.before)
    await tell(done.id, from, done.before)
  }

  return { said, undoable, show, put, undo }
}
