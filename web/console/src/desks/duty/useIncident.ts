/*
 * One incident and its steps. Enters: an id, keys and buttons. Leaves: its newest version, what is being done, what came
 * of it. A step is never repeated by itself; when it could not be taken, the sentence says who did what meanwhile.
 */
import { computed, onUnmounted, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { Refused } from '@shared/api/client'
import type { Incident, Step, StepBody } from '@shared/api/types'
import { t } from '@shared/i18n'
import { api } from '@shared/session'
import { conflictWords, stepTrouble, troubleOf, type Trouble } from '@shared/trouble'
import * as desk from '../../live/desk'

/** Steps that ask for something first. */
const ASKING: ReadonlySet<Step> = new Set(['confirm', 'dismiss', 'dispatch', 'note', 'close', 'finish', 'approve', 'send_back'])

export interface Message { text: string, failed: boolean }

interface Detail {
  incident: ShallowRef<Incident | null>
  trouble: Ref<Trouble | null>
  load: (id: string) => Promise<void>
  show: (next: Incident) => void
}

export interface IncidentView {
  incident: ShallowRef<Incident | null>
  trouble: Ref<Trouble | null>
  steps: ComputedRef<readonly Step[]>
  busy: Ref<Step | null>
  message: Ref<Message | null>
  asking: Ref<Step | null>
  begin(step: Step): void
  take(step: Step, body: StepBody): Promise<void>
  again(): void
}

/** The incident itself, in its newest version, as long as its id is wanted. */
function useDetail(id: Ref<string | null>): Detail {
  const incident = shallowRef<Incident | null>(null)
  const trouble = ref<Trouble | null>(null)

  function show(next: Incident): void {
    if (next.id !== id.value) return
    if (incident.value?.id === next.id && incident.value.version > next.version) return
    incident.value = next
    trouble.value = null
    desk.learn(next)
  }

  async function load(wanted: string): Promise<void> {
    try {
      show(await api.get<Incident>(`/incidents/${wanted}`))
    } catch (error) {
      if (wanted === id.value) trouble.value = troubleOf(error)
    }
  }

  watch(id, (wanted) => {
    incident.value = null
    trouble.value = null
    if (wanted !== null) void load(wanted)
  }, { immediate: true })
  onUnmounted(desk.onChange((changed, version) => {
    if (changed === id.value && version > (incident.value?.version ?? 0)) void load(changed)
  }))
  watch(desk.caughtUp, () => { if (id.value !== null) void load(id.value) })
  return { incident, trouble, load, show }
}

export function useIncident(id: Ref<string | null>): IncidentView {
  const { incident, trouble, load, show } = useDetail(id)
  const busy = ref<Step | null>(null)
  const message = ref<Message | null>(null)
  const asking = ref<Step | null>(null)
  /** A key of a quick hand, pressed before the incident is there: taken as soon as it is. */
  const early = ref<Step | null>(null)

  const steps = computed<readonly Step[]>(() => (incident.value?.steps ?? []).filter((step) => step !== 'respond'))

  watch(id, () => {
    message.value = null
    asking.value = null
    early.value = null
  })
  watch(incident, (there) => {
    const step = early.value
    early.value = null
    if (there !== null && step !== null) begin(step)
  })

  function begin(step: Step): void {
    if (incident.value === null && id.value !== null && trouble.value === null) {
      early.value = step
      return
    }
    if (!steps.value.includes(step)) return
    // A step that asks may be opened while the one before is still on its way: no key of a quick hand is lost.
    if (busy.value === null) message.value = null
    if (ASKING.has(step)) asking.value = step
    else void take(step, {})
  }

  /** 409 and the like: what the sentence says must already be on the page. */
  async function explain(error: unknown, wanted: string): Promise<string> {
    if (!(error instanceof Refused) || error.status !== 409) return stepTrouble(error)
    await load(wanted)
    return conflictWords(incident.value)
  }

  async function take(step: Step, body: StepBody): Promise<void> {
    const wanted = id.value
    if (wanted === null || busy.value !== null) return
    const state = incident.value?.state
    // What the asker saw goes along, so that a step is never taken on a picture that is old; a note fits any state.
    const seen = step === 'note' || state === undefined ? {} : { seen: state }
    busy.value = step
    asking.value = null
    message.value = { text: t(`step.doing.${step}`), failed: false }
    let said: Message
    try {
      show(await api.post<Incident>(`/incidents/${wanted}/${step}`, { ...body, ...seen }))
      said = { text: t(`step.done.${step}`), failed: false }
    } catch (error) {
      said = { text: await explain(error, wanted), failed: true }
    }
    busy.value = null
    if (wanted === id.value) message.value = said
  }

  const again = (): void => { if (id.value !== null) void load(id.value) }
  return { incident, trouble, steps, busy, message, asking, begin, take, again }
}
