/*
 * Who holds this phone. Enters: the session's answer, or what it was the last time where there is no network. Leaves: the
 * account, so that work goes on in a cellar. Deliberately absent: any secret; the session is a cookie no script reads.
 */
import { Unreachable } from '@shared/api/client'
import type { Me } from '@shared/api/types'
import { me, recognise, signOut } from '@shared/session'
import { ref, watch } from 'vue'

const STORED = 'zhigan.phone.me'
/** True while the account is only remembered: the platform has not said so in this visit. */
export const remembered = ref(false)

export async function begin(): Promise<void> {
  try {
    await recognise()
    remembered.value = false
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    const kept = localStorage.getItem(STORED)
    if (kept !== null) {
      me.value = JSON.parse(kept) as Me
      remembered.value = true
    } else throw error
  }
}

export async function leave(): Promise<void> {
  localStorage.removeItem(STORED)
  await signOut()
}

watch(me, (account) => {
  if (account !== null) localStorage.setItem(STORED, JSON.stringify(account))
  else localStorage.removeItem(STORED)
})
