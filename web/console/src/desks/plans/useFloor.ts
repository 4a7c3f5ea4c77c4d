/*
 * One floor, as it is now. Enters: building and floor. Leaves: its plan and devices, re-read while it is looked at, and by when.
 * A reading that comes while something is being moved waits: nothing moves under the hand.
 */
import { onUnmounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { FloorDevices } from '@shared/api/types'
import { api } from '@shared/session'
import { troubleOf, type Trouble } from '@shared/trouble'
import * as desk from '../../live/desk'
import { exactly } from '../../live/now'

const BREATH_MS = 4000

export interface FloorOf { floor: ShallowRef<FloorDevices | null>, trouble: Ref<Trouble | null>, readAt: Ref<number>, held: Ref<boolean>, read: () => Promise<void> }

export function useFloor(where: () => { building: string, floor: string } | null): FloorOf {
  const floor = shallowRef<FloorDevices | null>(null)
  const trouble = ref<Trouble | null>(null)
  const readAt = ref(0)
  const held = ref(false)
  let mine = 0

  async function read(): Promise<void> {
    const asked = where()
    const turn = ++mine
    if (asked === null) return
    try {
      const got = await api.get<FloorDevices>(`/buildings/${asked.building}/floor`, { floor: asked.floor })
      if (turn !== mine || held.value) return
      floor.value = got
      readAt.value = exactly()
      trouble.value = null
    } catch (error) {
      if (turn === mine) trouble.value = troubleOf(error)
    }
  }

  watch(() => JSON.stringify(where()), () => {
    floor.value = null
    trouble.value = null
    void read()
  }, { immediate: true })
  const again = (): void => { if (!held.value && document.visibilityState === 'visible') void read() }
  const deaf = desk.onChange(again)
  const breath = window.setInterval(again, BREATH_MS)
  onUnmounted(() => {
    deaf()
    window.clearInterval(breath)
    mine += 1
  })
  return { floor, trouble, readAt, held, read }
}
