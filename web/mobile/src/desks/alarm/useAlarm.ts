/*
 * One incident on a phone. Enters: its id. Leaves: the incident as it stands, its unit with people, water, and what one has
 * answered oneself, sent or still waiting. Read again whenever the feed says that it changed.
 */
import { Refused } from '@shared/api/client'
import type { Around, Incident, UnitDetail } from '@shared/api/types'
import { api, me } from '@shared/session'
import { troubleOf, type Trouble } from '@shared/trouble'
import { computed, onMounted, onUnmounted, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { onIncident } from '../../live/alarms'
import { mine, onSent, type Item } from '../../live/outbox'
import type { Answer } from './answers'

const BREATH_MS = 15_000

async function optional<T>(ask: Promise<T>): Promise<T | null> {
  try {
    return await ask
  } catch (error) {
    if (error instanceof Refused && (error.status === 403 || error.status === 404)) return null
    throw error
  }
}

/** Where it is: the incident's own place, else its unit's. */
export function spotOf(it: Incident | null, unit: UnitDetail | null): [number, number] | null {
  const [lon, lat] = [it?.lon ?? unit?.lon, it?.lat ?? unit?.lat]
  return typeof lon === 'number' && typeof lat === 'number' ? [lon, lat] : null
}

export interface AlarmView {
  incident: ShallowRef<Incident | null>
  unit: ShallowRef<UnitDetail | null>
  around: ShallowRef<Around | null>
  trouble: Ref<Trouble | null>
  own: ComputedRef<Answer[]>
  pending: ComputedRef<Answer[]>
  read: () => Promise<void>
}

/** Acts while the page is open: on each change of the incident, on each answer that went through, and now and then. */
function whileOpen(id: Ref<string>, read: () => Promise<void>, through: (item: Item) => void): void {
  let stop: (() => void)[] = []
  let breath = 0
  onMounted(() => {
    stop = [onIncident((changed) => { if (changed === id.value) void read() }), onSent((item) => { if (item.path.startsWith(`/incidents/${id.value}/`)) through(item) })]
    breath = window.setInterval(() => { if (document.visibilityState === 'visible') void read() }, BREATH_MS)
  })
  onUnmounted(() => {
    for (const each of stop) each()
    window.clearInterval(breath)
  })
}

export function useAlarm(id: Ref<string>): AlarmView {
  const incident = shallowRef<Incident | null>(null)
  const unit = shallowRef<UnitDetail | null>(null)
  const around = shallowRef<Around | null>(null)
  const trouble = ref<Trouble | null>(null)
  /** Answers that the platform has taken and the incident does not show yet: the main act must not step back under the finger. */
  const arrived = shallowRef<readonly Answer[]>([])

  /** What stands around it is of use also when a part of it cannot be read. */
  async function look(it: Incident): Promise<void> {
    const wanted = it.unit?.id ?? null
    const [place, here] = await Promise.all([
      wanted === null || unit.value?.id === wanted ? unit.value : optional(api.get<UnitDetail>(`/units/${wanted}`)),
      optional(api.get<Around>(`/incidents/${it.id}/around`)),
    ])
    unit.value = place
    around.value = here ?? around.value
  }

  async function read(): Promise<void> {
    const wanted = id.value
    try {
      const found = await api.get<Incident>(`/incidents/${wanted}`)
      if (wanted !== id.value) return
      if (incident.value === null || incident.value.id !== found.id || found.version >= incident.value.version) incident.value = found
      trouble.value = null
      await look(found)
    } catch (error) {
      if (wanted === id.value) trouble.value = troubleOf(error)
    }
  }

  const isAnswer = (item: Item): boolean => item.path === `/incidents/${id.value}/responses`
  const kindOf = (item: Item): Answer => (item.body as { kind: Answer }).kind

  const own = computed<Answer[]>(() => {
    const sent = (incident.value?.responses ?? []).filter((each) => each.by === me.value?.id).map((each) => each.kind)
    return [...sent, ...arrived.value.filter((kind) => !sent.includes(kind)), ...pending.value]
  })
  const pending = computed<Answer[]>(() => mine.value.filter((each) => each.refused === null && isAnswer(each)).map(kindOf))

  watch(id, () => {
    incident.value = null
    unit.value = null
    around.value = null
    arrived.value = []
    void read()
  }, { immediate: true })
  whileOpen(id, read, (item) => {
    if (isAnswer(item)) arrived.value = [...arrived.value, kindOf(item)]
    void read()
  })
  return { incident, unit, around, trouble, own, pending, read }
}
