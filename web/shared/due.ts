/*
 * By when a row has to be dealt with, in words. Enters: the row, the hour. Leaves: whether it is late, how long there still is,
 * and who has been told because nobody answered in time.
 */
import type { IncidentRow } from './api/types'
import { age, t, word } from './i18n'
import { instant } from './time'

type Row = Pick<IncidentRow, 'state' | 'work'>

export const toDo = (row: Row): boolean => row.state === 'open' || row.state === 'verifying'

export function late(row: Row, now: number): boolean {
  const due = instant(row.work?.due_at)
  return due !== null && due < now && toDo(row)
}

/** Who answers for it; the duty leads have no name of their own. */
export function ownerWords(row: Pick<IncidentRow, 'work'>): string {
  return row.work?.owner.kind === 'lead' ? t('work.lead') : row.work?.owner.name || t('work.nobody')
}

export function dueWords(row: Row, now: number): string {
  const due = instant(row.work?.due_at)
  if (due === null || !toDo(row)) return ''
  return due < now ? t('work.late', { age: age(now - due) }) : t('work.left', { age: age(due - now) })
}

/** The last of those who were told by themselves, and when the next are. */
export function toldWords(row: Row, now: number): string {
  if (!toDo(row)) return ''
  const passed = (row.work?.told ?? []).filter((each) => (instant(each.at) ?? now) <= now).at(-1)
  return passed === undefined ? '' : t('work.told', { whom: passed.whom.map((who) => word('part', who)).join(t('work.and')) })
}
