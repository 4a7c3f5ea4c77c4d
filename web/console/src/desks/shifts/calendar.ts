/* A month of shifts as the page shows it. Enters: what the platform answered. Leaves: who is in which cell, what is wrong there, in words. Pure. */
import type { ShiftConflict, ShiftDuty, ShiftMonth } from '@shared/api/types'
import { t } from '@shared/i18n'

export const cell = (day: string, slot: string): string => `${day} ${slot}`

export function inCells<T extends { day: string, slot: string }>(rows: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>()
  for (const row of rows) found.set(cell(row.day, row.slot), [...found.get(cell(row.day, row.slot)) ?? [], row])
  return found
}

export function conflictWords(conflict: ShiftConflict): string {
  const figures = { name: conflict.name, hours: Number((conflict.hours ?? 0).toFixed(1)) }
  return conflict.kind === 'double' && conflict.elsewhere ? t('shift.conflict.double.elsewhere', figures) : t(`shift.conflict.${conflict.kind}`, figures)
}

/** 1 for Monday. */
export const weekday = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7 + 1

export function beside(month: string, by: number): string {
  const [year = 2026, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7)
}

/** Shifts of others that have not ended: what one may swap with. */
export function others(month: ShiftMonth, mine: ShiftDuty, now: number): ShiftDuty[] {
  return month.duties.filter((each) => each.account_id !== mine.account_id && Date.parse(each.ends_at) > now)
}

export function minuteOf(text: string): number | null {
  const found = /^([01]?\d|2[0-3])[:：]([0-5]\d)$/.exec(text.trim())
  return found === null ? null : Number(found[1]) * 60 + Number(found[2])
}
export const timeOf = (minute: number): string => `${String(Math.floor(minute / 60) % 24).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
