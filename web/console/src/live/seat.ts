/*
 * What a seat hears. Enters: arrivals at the board, the mute, the volume. Leaves: tones and speech. The mute always has an
 * end and is always shown; a new grade I ends it.
 */
import { computed, ref, watch } from 'vue'
import { locale, t, word } from '@shared/i18n'
import { me } from '@shared/session'
import type { Arrival, Board, BoardRow } from './board'
import { board, onArrivals, onAttention } from './desk'
import { sounding as here } from './handling'
import { now } from './now'
import { Player } from './player'
import { endsMute, sounding, toSpeak } from './sounding'
import { hasVoice, play, say } from './speech'
import { fileAddress } from '@shared/api/client'

const VOLUME = 'zhigan.volume'
const SPEECH = 'zhigan.speech'
const TESTED = 'zhigan.sound.tested'
/** A shift: whoever takes the seat tries its sound once. */
const SHIFT_MS = 12 * 3_600_000
const SITTERS: ReadonlySet<string> = new Set(['duty', 'lead', 'operator'])
const player = new Player()
const spoken = new Map<string, string>()

export const mutedUntil = ref<number | null>(null)
export const audible = ref(false)
export const volume = ref(0.7)
export const speaks = ref(true)
export const muted = computed(() => mutedUntil.value !== null && now.value < mutedUntil.value)
/** What this desk is called for; everything else is listed only. */
export const mineNow = computed(() => here(board.value, now.value))
export const calls = computed(() => sounding(mineNow.value, now.value, mutedUntil.value))
export const voice = ref(false)
export const platformSpeaks = computed(() => locale.value === 'zh')
const tested = ref(localStorage.getItem(TESTED) ?? '')
/** When the one who sits here tried the sound in this shift; null: not yet. */
export const testedAt = computed(() => {
  const at = Number(tested.value.split(' ')[0] ?? '')
  const his = tested.value === `${at} ${me.value?.name ?? ''}`
  return his && now.value - at < SHIFT_MS ? at : null
})
export const needsTest = computed(() => testedAt.value === null && SITTERS.has(me.value?.role ?? ''))

export function mute(minutes: number): void {
  mutedUntil.value = now.value + minutes * 60_000
}

export function unmute(): void {
  mutedUntil.value = null
}

export async function openSound(): Promise<void> {
  audible.value = await player.open()
  voice.value = hasVoice(locale.value)
  player.apply(calls.value)
}

export function setVolume(next: number): void {
  volume.value = next
  localStorage.setItem(VOLUME, String(next))
  player.setVolume(next)
}

export function setSpeech(next: boolean): void {
  speaks.value = next
  localStorage.setItem(SPEECH, next ? 'on' : 'off')
}

export async function rehearse(grade: 'I' | 'II' | 'III'): Promise<void> {
  await openSound()
  if (grade === 'I' && audible.value) {
    tested.value = `${now.value} ${me.value?.name ?? ''}`
    localStorage.setItem(TESTED, tested.value)
  }
  if (grade === 'I') player.rehearseSiren()
  else if (grade === 'II') player.beeps()
  else player.soft()
}

export function rehearseSpeech(): void {
  say(t('sound.rehearsal'), locale.value, volume.value)
}

function sentence(row: BoardRow): string {
  return t('speech.incident', {
    grade: t(`grade.spoken.${row.grade}`),
    kind: word('kind', row.kind),
    unit: row.unit?.name ?? t('queue.unknownunit'),
    place: row.place,
  })
}

/** Where the browser cannot speak Mandarin, the platform does. */
function speak(row: BoardRow): void {
  if (hasVoice(locale.value)) say(sentence(row), locale.value, volume.value)
  else if (platformSpeaks.value) play(fileAddress(`/incidents/${row.id}/speech.wav`, { audience: 'desk' }), volume.value)
}

function speakAll(arrivals: readonly Arrival[], rows: Board): void {
  for (const id of toSpeak(arrivals, rows, spoken)) {
    const row = rows.get(id)
    if (row === undefined) continue
    spoken.set(id, row.grade)
    if (speaks.value && audible.value && !muted.value) speak(row)
  }
}

export function start(): void {
  const stored = Number(localStorage.getItem(VOLUME) ?? '0.7')
  setVolume(Number.isFinite(stored) ? Math.min(1, Math.max(0, stored)) : 0.7)
  speaks.value = localStorage.getItem(SPEECH) !== 'off'
  onArrivals((arrivals, rows) => {
    if (endsMute(arrivals, rows)) unmute()
    speakAll(arrivals, here(rows, now.value))
  })
  // What was passed on to this desk is new to it.
  watch(mineNow, (rows, before) => {
    speakAll([...rows.values()].filter((row) => !before.has(row.id)).map(({ id, version }) => ({ id, version, what: 'changed' })), rows)
  })
  onAttention(() => { if (!muted.value && player.isOpen()) player.soft() })
  watch(calls, (wanted) => { player.apply(wanted) })
  const first = (): void => { void openSound() }
  window.addEventListener('pointerdown', first, { once: true })
  window.addEventListener('keydown', first, { once: true })
}

export function stop(): void {
  player.stop()
  spoken.clear()
}
