/*
 * Open incidents for the map. Enters: the live feed's changes. Leaves: where they are. One reading at a time; a change that comes
 * while it reads is answered by one more after it.
 */
import { onUnmounted, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { api } from '@shared/session'
import { troubleOf, type Trouble } from '@shared/trouble'
import * as desk from '../../live/desk'
import type { Spot } from './view'

const GATHER_MS = 300
const BREATH_MS = 30_000

export interface Spots { spots: ShallowRef<readonly Spot[]>, trouble: Ref<Trouble | null>, more: Ref<boolean>, loaded: Ref<boolean>, read: () => Promise<void> }

/** `wanted`: one that the address names; it is shown whatever its state. */
export function useSpots(wanted: () => string | null): Spots {
  const spots = shallowRef<readonly Spot[]>([])
  const trouble = ref<Trouble | null>(null)
  const more = ref(false)
  const loaded = ref(false)
  let timer = 0
  let mine = 0

  async function read(): Promise<void> {
    const turn = ++mine
    try {
      const got = await api.get<{ items: Spot[], more: boolean }>('/map/incidents', { incident: wanted() })
      if (turn !== mine) return
      spots.value = got.items
      more.value = got.more
      trouble.value = null
    } catch (error) {
      if (turn === mine) trouble.value = troubleOf(error)
    }
    loaded.value = true
  }
  const soon = (): void => {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => { void read() }, GATHER_MS)
  }
  const deaf = desk.onChange(soon)
  const breath = window.setInterval(soon, BREATH_MS)
  onUnmounted(() => {
    deaf()
    window.clearInterval(breath)
    window.clearTimeout(timer)
  })
  return { spots, trouble, more, loaded, read }
}
