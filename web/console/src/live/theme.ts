/* Dark for the desk unless somebody chose light; remembered for this seat. */
import { ref } from 'vue'

const STORED = 'zhigan.theme'
export type Theme = 'dark' | 'light'
export const theme = ref<Theme>('dark')

export function setTheme(next: Theme): void {
  theme.value = next
  document.documentElement.dataset['theme'] = next
  localStorage.setItem(STORED, next)
}

export function restoreTheme(): void {
  setTheme(localStorage.getItem(STORED) === 'light' ? 'light' : 'dark')
}
