/* Light or dark: as the phone has it, unless somebody chose. Outdoors the light one is read better. */
import { ref } from 'vue'

const STORED = 'zhigan.theme.phone'
export type Light = 'auto' | 'light' | 'dark'
export const light = ref<Light>('auto')

const dusk = (): MediaQueryList => window.matchMedia('(prefers-color-scheme: dark)')

function apply(): void {
  const dark = light.value === 'dark' || (light.value === 'auto' && dusk().matches)
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
}

export function setLight(next: Light): void {
  light.value = next
  localStorage.setItem(STORED, next)
  apply()
}

export function restoreLight(): void {
  const kept = localStorage.getItem(STORED)
  light.value = kept === 'light' || kept === 'dark' ? kept : 'auto'
  dusk().addEventListener('change', apply)
  apply()
}
