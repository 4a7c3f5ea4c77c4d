/* Platforms below by their names, read once for a page's life: what a list may be narrowed to. Nobody may look: no choice. */
import { shallowRef, type ShallowRef } from 'vue'
import type { FederationLower, Page } from '@shared/api/types'
import { t } from '@shared/i18n'
import { api } from '@shared/session'

const names = shallowRef<readonly string[]>([])
let asked = false

export function useOrigins(): ShallowRef<readonly string[]> {
  if (!asked) {
    asked = true
    api.get<Page<FederationLower>>('/federation/platforms').then((page) => { names.value = page.items.map((each) => each.name) }, () => { asked = false })
  }
  return names
}

/** The filter of a list; none where no platform was ever joined. */
export function originFilter(): { name: string, label: string, choices: { value: string, name: string }[] }[] {
  if (names.value.length === 0) return []
  return [{ name: 'origin', label: t('federation.filter'), choices: [{ value: 'none', name: t('federation.filter.own') }, ...names.value.map((name) => ({ value: name, name }))] }]
}

export const originWords = (from: readonly string[] | undefined): string => (from === undefined || from.length === 0 ? '' : t('federation.origin', { names: from.join(' → ') }))
