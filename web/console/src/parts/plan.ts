/*
 * What a plan's marks have in common, wherever a plan is shown: shape by condition, a letter by type, words for both.
 * Enters: a device of a floor. Leaves: its look. Colour stays with grades; what a device is in, its shape says.
 */
import type { PlanDevice } from '@shared/api/types'
import { t, word } from '@shared/i18n'

export type Look = 'alarm' | 'offline' | 'fault' | 'shielded' | 'normal'
const LOOKS = new Set<string>(['alarm', 'offline', 'fault', 'shielded'])

export function lookOf(device: PlanDevice): Look {
  return LOOKS.has(device.condition) ? device.condition as Look : 'normal'
}

export const nameOf = (device: PlanDevice): string => device.name || device.address

export function wordsOf(device: PlanDevice): string {
  const conditions = device.conditions.length > 0 ? device.conditions.map((each) => word('condition', each)).join(' · ') : word('now', device.condition)
  return t('plan.device', { type: word('type', device.type), name: nameOf(device), condition: conditions })
}

export const picture = (plan: string): string => `/api/v1/plans/${plan}/picture`

export const within = (value: number): number => Math.min(1, Math.max(0, value))
