/*
 * Cuts of power that are on their way within one's scope, for the bar above every page: whoever is involved can still stop
 * them, wherever he looks just now. Enters: the feed's word that an order changed. Leaves: the orders, newest first, and a
 * count that an open circuit listens to. Absent: how a cut is asked for (the circuit's page).
 */
import { ref, shallowRef } from 'vue'
import type { CommandView, Page } from '@shared/api/types'
import { api } from '@shared/session'

const SHOWN = 20
/** Bumped whenever an order to cut changed. */
export const cutsTold = ref(0)
export const running = shallowRef<readonly CommandView[]>([])

export async function readCuts(): Promise<void> {
  const page = await api.get<Page<CommandView>>('/commands', { command: 'cut_power', unfinished: true, limit: SHOWN }).catch(() => null)
  if (page !== null) running.value = page.items
}

export function cutTold(): void {
  cutsTold.value += 1
  void readCuts()
}

export function forgetCuts(): void {
  running.value = []
}
