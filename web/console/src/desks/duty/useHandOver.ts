/*
 * The hand-over of one incident to 119. Enters: the incident's id and version. Leaves: how it stands, looked at again
 * while something is under way; the desk's own acts and what came of them.
 */
import type { HandOverPanel } from '@shared/api/types'
import { Refused } from '@shared/api/client'
import { t } from '@shared/i18n'
import { api } from '@shared/session'
import { anyWords } from '@shared/refusals'
import { onUnmounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

const LOOK_MS = 3000

export interface HandOverView {
  panel: ShallowRef<HandOverPanel | null>
  away: Ref<boolean>
  busy: Ref<boolean>
  refused: Ref<string>
  send: (note: string) => Promise<boolean>
  called: (number: string, note: string) => Promise<boolean>
}

export function useHandOver(incident: () => string, version: () => number, open: () => boolean): HandOverView {
  const panel = shallowRef<HandOverPanel | null>(null)
  const away = ref(false)
  const busy = ref(false)
  const refused = ref('')

  async function look(): Promise<void> {
    const id = incident()
    try {
      const seen = await api.get<HandOverPanel>(`/incidents/${id}/hand-over`)
      if (id !== incident()) return
      panel.value = seen
      away.value = false
    } catch {
      away.value = true
    }
  }
  watch(incident, () => {
    panel.value = null
    refused.value = ''
  })
  watch(() => [incident(), version()], () => { void look() }, { immediate: true })
  const pending = (): boolean => panel.value?.hand_overs.some((each) => each.state === 'waiting' || each.state === 'sending') ?? true
  const timer = window.setInterval(() => { if (open() && pending() && !document.hidden) void look() }, LOOK_MS)
  onUnmounted(() => { window.clearInterval(timer) })

  async function act(path: string, body: Record<string, string>): Promise<boolean> {
    busy.value = true
    refused.value = ''
    try {
      panel.value = await api.post<HandOverPanel>(`/incidents/${incident()}/hand-over${path}`, body)
      return true
    } catch (error) {
      refused.value = error instanceof Refused ? anyWords(error) : t('list.offline')
      return false
    } finally {
      busy.value = false
    }
  }
  return { panel, away, busy, refused, send: (note) => act('', { note }), called: (number, note) => act('/call', { number, note }) }
}
