/*
 * The numbers of an alarm's people. Enters: the incident. Leaves: numbers by id, whole: by themselves for whoever has
 * claimed it, since calling is the next step; for others when they ask. Deliberately absent: keeping them for the next one.
 */
import type { Incident } from '@shared/api/types'
import { showNumbers } from '@shared/numbers'
import { me } from '@shared/session'
import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'

export interface NumbersView {
  numbers: ShallowRef<ReadonlyMap<string, string>>
  claimed: ComputedRef<boolean>
  show: () => Promise<void>
}

/** The page has the panel twice, beside and in a tab: one asking serves both. */
const going = new Map<string, Promise<ReadonlyMap<string, string>>>()

async function once(id: string): Promise<ReadonlyMap<string, string>> {
  const asked = going.get(id) ?? showNumbers(id).finally(() => { going.delete(id) })
  going.set(id, asked)
  return asked
}

export function useNumbers(incident: Ref<Incident | null>): NumbersView {
  const numbers = shallowRef<ReadonlyMap<string, string>>(new Map())
  const claimed = computed(() => incident.value !== null && incident.value.state !== 'closed' && incident.value.claimed_by?.id === me.value?.id)

  async function show(): Promise<void> {
    const id = incident.value?.id
    if (id === undefined) return
    try {
      const shown = await once(id)
      if (incident.value?.id === id) numbers.value = shown
    } catch {
      /* The eye beside each number says why it cannot be shown. */
    }
  }

  watch(() => [incident.value?.id ?? null, claimed.value] as const, ([id, mine], before) => {
    if (before?.[0] !== id) numbers.value = new Map()
    if (id !== null && mine) void show()
  }, { immediate: true })
  return { numbers, claimed, show }
}
