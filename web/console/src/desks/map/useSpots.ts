/*
 * Open incidents and silent units for the map. Enters: the live feed's changes. Leaves: where they are. One reading at a time; a
 * change that comes while it reads is answered by one more after it.
 */
import { onUnmounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Page } from '@shared/api/types'
import { api } from '@shared/session'
import { troubleOf, type Trouble } from '@shared/trouble'
import * as desk from '../../live/desk'
import { silenced } from '../../live/silence'
import { INCIDENTS, QUIET, taken } from './ahead'
import type { Quiet, Spot } from './view'

const GATHER_MS = 300
const BREATH_MS = 30_000

export interface Spots { spots: ShallowRef<readonly Spot[]>, quiet: ShallowRef<readonly Quiet[]>, trouble: Ref<Trouble | null>, more: Ref<boolean>, loaded: Ref<boolean>, read: () => Promise<void>, begin: () => Promise<void> }
interface Answer { items: Spot[], more: boolean }

/** `wanted`: one that the address names; it is shown whatever its state. */
export function useSpots(wanted: () => string | null): Spots {
  const spots = shallowRef<readonly Spot[]>([])
  const quiet = shallowRef<readonly Quiet[]>([])
  const trouble = ref<Trouble | null>(null)
  const more = ref(false)
  const loaded = ref(false)
  let timer = 0
  let mine = 0

  async function take(asked: Promise<Answer>): Promise<void> {
    const turn = ++mine
    try {
      const got = await asked
      if (turn !== mine) return
      spots.value = got.items
      more.value = got.more
      trouble.value = null
    } catch (error) {
      if (turn === mine) trouble.value = troubleOf(error)
    }
    loaded.value = true
  }
  const read = (): Promise<void> => take(api.get<Answer>(INCIDENTS, { incident: wanted() }))
  /** The first reading; one that is not open any more is asked for by its name after it. */
  async function begin(): Promise<void> {
    await take(taken<Answer>(INCIDENTS))
    const id = wanted()
    if (id !== null && trouble.value === null && spots.value.every((spot) => spot.id !== id)) await read()
  }
  async function readQuiet(asked: Promise<Page<Quiet>>): Promise<void> {
    try { quiet.value = (await asked).items } catch { /* the header's count says that there are some */ }
  }
  void readQuiet(taken<Page<Quiet>>(QUIET))
  watch(() => silenced.value?.total, (_, before) => { if (before !== undefined) void readQuiet(api.get<Page<Quiet>>(QUIET)) })

  /** Told of, and not known to be read yet. The desk's own list tells of every row when it comes; none of that is news here. */
  const told = new Map<string, number>()
  const deaf = desk.onChange((id, version) => {
    told.set(id, version)
    window.clearTimeout(timer)
    timer = window.setTimeout(() => {
      const known = new Map(spots.value.map((spot) => [spot.id, spot.version]))
      const news = [...told].some(([each, newer]) => (known.get(each) ?? -1) < newer)
      told.clear()
      if (news) void read()
    }, GATHER_MS)
  })
  const breath = window.setInterval(() => { void read() }, BREATH_MS)
  onUnmounted(() => {
    deaf()
    window.clearInterval(breath)
    window.clearTimeout(timer)
  })
  return { spots, quiet, trouble, more, loaded, read, begin }
}
