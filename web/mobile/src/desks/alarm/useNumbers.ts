/*
 * The numbers of an alarm's people on a phone. Enters: the incident, what one answered. Leaves: numbers by id, whole: by
 * themselves for who is on the way, for others when they ask. Deliberately absent: keeping them on the phone.
 */
import { Refused } from '@shared/api/client'
import type { Incident } from '@shared/api/types'
import { t } from '@shared/i18n'
import { showNumbers } from '@shared/numbers'
import { anyWords } from '@shared/refusals'
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Answer } from './answers'

const COMING: readonly Answer[] = ['on_the_way', 'arrived']

export interface NumbersView {
  numbers: ShallowRef<ReadonlyMap<string, string>>
  unshown: Ref<string>
  show: () => Promise<void>
}

export function useNumbers(incident: Ref<Incident | null>, own: ComputedRef<Answer[]>): NumbersView {
  const numbers = shallowRef<ReadonlyMap<string, string>>(new Map())
  const unshown = ref('')
  const coming = computed(() => incident.value !== null && incident.value.state !== 'closed' && own.value.some((each) => COMING.includes(each)))

  async function show(): Promise<void> {
    const id = incident.value?.id
    if (id === undefined) return
    unshown.value = ''
    try {
      const shown = await showNumbers(id)
      if (incident.value?.id === id) numbers.value = shown
    } catch (error) {
      unshown.value = error instanceof Refused ? anyWords(error) : t('step.unreachable')
    }
  }

  watch(() => [incident.value?.id ?? null, coming.value] as const, ([id, is], before) => {
    if (before?.[0] !== id) numbers.value = new Map()
    if (id !== null && is) void show()
  }, { immediate: true })
  return { numbers, unshown, show }
}
