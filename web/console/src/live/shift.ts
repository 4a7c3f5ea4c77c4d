/*
 * Who is on now, for every page's header. Enters: the platform's word, every minute and after each change made here. Leaves:
 * the shift of one's own desk (else of the only one that is seen), null where nothing is planned, and how it is said.
 */
import { shallowRef } from 'vue'
import type { Page, ShiftNow } from '@shared/api/types'
import { t, word } from '@shared/i18n'
import { api } from '@shared/session'
import { clock, instant } from '@shared/time'

const BREATH_MS = 60_000
export const shiftNow = shallowRef<ShiftNow | null>(null)
let timer = 0

export async function lookAtShift(): Promise<void> {
  try {
    const planned = (await api.get<Page<ShiftNow>>('/shift-desks/now')).items.filter((each) => each.planned)
    shiftNow.value = planned.find((each) => each.mine) ?? (planned.length === 1 ? planned[0] ?? null : null)
  } catch { /* the header says how fresh its link is */ }
}

export function followShift(): () => void {
  void lookAtShift()
  timer = window.setInterval(() => { void lookAtShift() }, BREATH_MS)
  return () => {
    window.clearInterval(timer)
    shiftNow.value = null
  }
}

const hour = (text: string): string => clock(instant(text) ?? 0).slice(0, 5)

export function shiftWords(shift: ShiftNow): { short: string, help: string } {
  const slot = word('shift.slot', shift.slot)
  const first = shift.people[0]?.name
  const who = shift.people.map((each) => `${each.name}（${word('shift.part', each.part)}）`).join('、') || t('shift.nobody')
  return {
    short: first === undefined ? t('shift.head.nobody', { slot }) : t('shift.head', { slot, who: first }),
    help: t('shift.head.help', { desk: shift.desk, slot, from: hour(shift.starts_at), until: hour(shift.ends_at), who }),
  }
}
