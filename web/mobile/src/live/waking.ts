/*
 * This phone's wake-up: a browser's push subscription, given to the platform and taken back. Enters: the platform's key.
 * Leaves: a registered device. Deliberately absent: any promise. Calls and texts are what wakes people; this is an extra.
 */
import type { PushDevice } from '@shared/api/types'
import { api } from '@shared/session'

const STORED = 'zhigan.phone.push'
export type Woken = 'on' | 'denied' | 'unreached'

export const canWake = (): boolean => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

/** The id under which the platform knows this browser; empty: it does not. */
export const own = (): string => localStorage.getItem(STORED) ?? ''

function bytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(text, (each) => each.charCodeAt(0))
}

/** What a person calls it: the browser's own word for the machine. */
const name = (): string => /\(([^;)]+)/.exec(navigator.userAgent)?.[1]?.slice(0, 60) ?? ''

/** A trouble with the platform is thrown; what the browser refuses is said. */
export async function wake(key: string): Promise<Woken> {
  if (await Notification.requestPermission() !== 'granted') return 'denied'
  let given: PushSubscriptionJSON
  try {
    const worker = await navigator.serviceWorker.ready
    given = (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) })).toJSON()
  } catch {
    return 'unreached'
  }
  const made = await api.post<PushDevice>('/me/push', { kind: 'browser', subscription: { endpoint: given.endpoint, keys: given.keys }, name: name() })
  localStorage.setItem(STORED, made.id)
  return 'on'
}

export async function revoke(id: string): Promise<void> {
  await api.remove(`/me/push/${id}`)
  if (id === own()) await forget()
}

/** Whoever leaves this phone is not woken on it any more. Without a network the push service's "gone" does it later. */
export async function goQuiet(): Promise<void> {
  const id = own()
  if (id === '') return
  await api.remove(`/me/push/${id}`).catch(() => undefined)
  await forget()
}

async function forget(): Promise<void> {
  localStorage.removeItem(STORED)
  if (!canWake()) return
  const worker = await navigator.serviceWorker.getRegistration('/m/')
  await (await worker?.pushManager.getSubscription())?.unsubscribe()
}
