/* The page's ticking clock, four times a second, corrected to the platform's. Leaves: `now` (ms), for ages and countdowns. */
import { ref } from 'vue'
import { heardPulse, offsetOf, type Heard } from './serverclock'

let heard: Heard = []

export const now = ref(Date.now())

export function exactly(): number {
  return Date.now() + offsetOf(heard)
}

export function pulse(platformAt: number): void {
  heard = heardPulse(heard, platformAt, Date.now())
  tick()
}

export function tick(): void {
  now.value = exactly()
}
