/*
 * Who sits here. Enters: the session cookie's answer to GET /me. Leaves: the account, and the one HTTP client of the page.
 * Deliberately absent: the token. It lives in a cookie that no script can read.
 */
import { ref, shallowRef } from 'vue'
import { makeClient, Refused } from './api/client'
import type { Me } from './api/types'

export const me = shallowRef<Me | null>(null)
/** The session ended by itself: the login page says so. */
export const ended = ref(false)

export const api = makeClient({
  signedOut: () => {
    if (me.value !== null) ended.value = true
    me.value = null
  },
})

export async function recognise(): Promise<void> {
  try {
    me.value = await api.get<Me>('/me')
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    me.value = null
  }
}

export async function signIn(username: string, password: string): Promise<void> {
  await api.post('/login', { username, password })
  ended.value = false
  me.value = await api.get<Me>('/me')
}

export async function signOut(): Promise<void> {
  try {
    await api.post('/logout')
  } finally {
    ended.value = false
    me.value = null
  }
}
