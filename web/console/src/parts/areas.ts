/* The reporting areas by their names, read once for a page's life. */
import { shallowRef, type ShallowRef } from 'vue'
import type { Area, Page } from '@shared/api/types'
import { api } from '@shared/session'

const areas = shallowRef<readonly Area[]>([])
let asked = false

export function useAreas(): ShallowRef<readonly Area[]> {
  if (!asked) {
    asked = true
    api.get<Page<Area>>('/areas').then((page) => { areas.value = page.items }, () => { asked = false })
  }
  return areas
}

export function areaName(code: string): string {
  return areas.value.find((area) => area.code === code)?.name ?? code
}
