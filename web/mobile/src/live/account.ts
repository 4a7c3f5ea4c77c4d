/*
 * Who holds this phone. Enters: the session's answer, or what it was the last time where there is no network. Leaves: the
 * account, so that work goes on in a cellar. Deliberately absent: any secret; the session is a cookie no script reads.
 */
import { Refused, Unreachable } from '@shared/api/client'
import type { Me } from '@shared/api/types'
import { api, ended, me, recognise, signOut } from '@shared/session'
import { ref, watch } from 'vue'
import { goQuiet } from './waking'

const STORED = 'zhigan.phone.me'
/** A line that neither answers nor breaks: longer than this nobody waits for a page that the phone could show. */
const PATIENCE_MS = 3000
/** True while the account is only remembered: the platform has not said so in this visit. */
export const remembered = ref(false)

export async function begin(): Promise<void> {
  const kept = lastTime()
  if (kept === null) {
    await recognise()
    return
  }
  const asked = confirmed()
  const soon = await Promise.race([asked, patience()])
  if (soon === null && me.value === null) {
    me.value = kept
    remembered.value = true
  }
}

/** The platform's word; null where it cannot be heard. A session that ended meanwhile is said to have ended. */
async function confirmed(): Promise<true | null> {
  try {
    const account = await api.get<Me>('/me')
    me.value = account
    remembered.value = false
    return true
  } catch (error) {
    if (error instanceof Unreachable) return null
    if (!(error instanceof Refused) || error.status !== 401) return null
    ended.value = true
    me.value = null
    remembered.value = false
    localStorage.removeItem(STORED)
    return true
  }
}

const patience = (): Promise<null> => new Promise((resolve) => { setTimeout(() => { resolve(null) }, PATIENCE_MS) })

function lastTime(): Me | null {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? 'null') as Me | null
  } catch {
    return null
  }
}

export async function leave(): Promise<void> {
  await goQuiet()
  localStorage.removeItem(STORED)
  await signOut()
}

watch(me, (account) => {
  if (account !== null) localStorage.setItem(STORED, JSON.stringify(account))
  else localStorage.removeItem(STORED)
})
