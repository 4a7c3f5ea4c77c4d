/*
 * One walk test, live. Enters: its id. Leaves: how it stands, re-read while it runs and is looked at, and by when. A picture
 * that is older than one already shown is dropped.
 */
import { onUnmounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Walk } from '@shared/api/types'
import { api } from '@shared/session'
import { troubleOf, type Trouble } from '@shared/trouble'
import { exactly } from '../../live/now'

const BREATH_MS = 1500

export interface WalkOf { walk: ShallowRef<Walk | null>, trouble: Ref<Trouble | null>, readAt: Ref<number>, learn: (next: Walk) => void }

export function useWalk(id: () => string): WalkOf {
  const walk = shallowRef<Walk | null>(null)
  const trouble = ref<Trouble | null>(null)
  const readAt = ref(0)
  let reading = false

  function learn(next: Walk): void {
    if (next.id !== id() || (walk.value !== null && walk.value.active && next.now < walk.value.now)) return
    walk.value = next
    readAt.value = exactly()
    trouble.value = null
  }

  async function read(): Promise<void> {
    if (reading) return
    reading = true
    const wanted = id()
    try {
      learn(await api.get<Walk>(`/walk-tests/${wanted}`))
    } catch (error) {
      if (wanted === id()) trouble.value = troubleOf(error)
    }
    reading = false
  }

  watch(id, () => {
    walk.value = null
    trouble.value = null
    void read()
  }, { immediate: true })
  const breath = window.setInterval(() => {
    if (document.visibilityState === 'visible' && walk.value?.active !== false) void read()
  }, BREATH_MS)
  onUnmounted(() => { window.clearInterval(breath) })
  return { walk, trouble, readAt, learn }
}
