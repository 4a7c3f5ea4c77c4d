/*
 * Who sits here. Enters: the session cookie's answer to GET /me. Leaves: the account, and the one HTTP client of the page.
 * Deliberately absent: the token. It lives in a cookie that no script can read.
 */
import { ref, shallowRef } from 'vue'
import { makeClient, Refused } from './api/client'
import type { Me, Token } from './api/types'

export const me = shallowRef<Me | null>(null)
/** The session ended by itself: the login page says so. */
export const ended = ref(false)

/** The platform said so; what is written here stays until somebody signs in again. */
export function sessionEnded(): void {
  if (me.value !== null) ended.value = true
  me.value = null
}

export const api = makeClient({ signedOut: sessionEnded })

export async function recognise(): Promise<void> {
  try {
    me.value = await api.get<Me>('/me')
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    me.value = null
  }
}

/** May one sign in by a text message here? In doubt no: the password's way is always there. */
export async function offersCode(): Promise<boolean> {
  try {
    return (await api.get<{ code: boolean }>('/login/ways')).code
  } catch {
    return false
  }
}

/** Seconds until the next code may be asked for. The answer does not tell whether an account has that number. */
export async function askCode(phone: string): Promise<number> {
  return (await api.post<{ again_s: number }>('/login/code', { phone })).again_s
}

export async function signInByCode(phone: string, code: string, factor = ''): Promise<void> {
  await api.post<Token>('/login/code/confirm', factor === '' ? { phone, code } : { phone, code, second_factor: factor })
  ended.value = false
  me.value = await api.get<Me>('/me')
}

/** `code` of the second factor, where one is asked for. `shown` is given recovery codes that appear this once, before the desk opens. */
export async function signIn(username: string, password: string, code = '', shown?: (codes: readonly string[]) => Promise<void>): Promise<void> {
  const entered = await api.post<Token>('/login', code === '' ? { username, password } : { username, password, code })
  const codes = entered.recovery_codes ?? []
  if (codes.length > 0) await shown?.(codes)
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
