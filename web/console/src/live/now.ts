/* The page's ticking clock, four times a second, corrected to the platform's. Leaves: `now` (ms), for ages and countdowns. */
import { ref } from 'vue'
import type { Heard } from '@shared/api/client'
import { instant } from '@shared/time'
import { boundsOf, narrow, offsetOf, type Bounds } from './serverclock'

let bounds: Bounds | null = null

export const now = ref(Date.now())

export function heardClock(heard: Heard): void {
  const date = instant(heard.date)
  if (date !== null) bounds = narrow(bounds, boundsOf(heard.sentAt, heard.receivedAt, date))
}

export function tick(): void {
  now.value = Date.now() + offsetOf(bounds)
}
