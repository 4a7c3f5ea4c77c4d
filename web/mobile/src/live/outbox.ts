/*
 * What was entered and is on its way. Enters: a request with a key of its own. Leaves: it at the platform, once: it is kept
 * on the phone before it is sent, sent again until it was answered, and the platform knows the key of a repeat.
 * A refusal is no trouble of the network: it stays, with its words, until somebody has read it; a session that has ended is
 * no refusal: it waits until its writer has signed in again. What the phone's memory does not take is sent all the same, and
 * said to be unkept. Deliberately absent: what a request means.
 */
import { Refused, Unreachable } from '@shared/api/client'
import { upload } from '@shared/api/upload'
import { api, me, sessionEnded } from '@shared/session'
import { computed, ref, shallowRef } from 'vue'
import { all, drop, keep, keepForGood } from './store'

export interface Item {
  key: string
  /** Whose it is: another account on this phone does not send it. */
  account: string
  path: string
  body: object | null
  file?: Blob
  name?: string
  /** What it is in words, for the list of what waits. */
  label: string
  at: number
  refused: { status: number, code: string, words: string } | null
}

export const items = shallowRef<readonly Item[]>([])
export const sending = ref(false)
export const mine = computed(() => items.value.filter((each) => each.account === me.value?.id))
export const waiting = computed(() => mine.value.filter((each) => each.refused === null).length)
/** Those of all accounts of this phone: who signs in is told what still waits. */
export const waitingHere = computed(() => items.value.filter((each) => each.refused === null).length)
/** Keys that only this page knows: closed, it forgets them. */
export const unkept = ref<ReadonlySet<string>>(new Set())
export const refusedOnes = computed(() => mine.value.filter((each) => each.refused !== null))

const listeners = new Set<(item: Item, answer: unknown) => void>()
const AGAIN_MS = 5000
let timer: ReturnType<typeof setTimeout> | undefined

export function onSent(listener: (item: Item, answer: unknown) => void): () => void {
  listeners.add(listener)
  return () => { listeners.delete(listener) }
}

export async function restore(): Promise<void> {
  const kept = await all<Item>('outbox').catch(() => null)
  if (kept === null) return
  const only = items.value.filter((each) => unkept.value.has(each.key))
  items.value = [...kept, ...only].sort((a, b) => a.at - b.at)
}

/** Later than all before it, also where the phone's clock was set back: the order of entering is the order of sending. */
export const after = (last: number | undefined, now: number): number => Math.max(now, (last ?? 0) + 1)

/** Kept first, then sent: resolves when it is safe on the phone, or known not to be. */
export async function put(path: string, body: object | null, label: string, more: Partial<Pick<Item, 'key' | 'file' | 'name'>> = {}): Promise<Item> {
  const item: Item = { key: crypto.randomUUID(), ...more, account: me.value?.id ?? '', path, body, label, at: after(items.value.at(-1)?.at, Date.now()), refused: null }
  try {
    await keep('outbox', item)
    keepForGood()
  } catch {
    unkept.value = new Set([...unkept.value, item.key])
  }
  items.value = [...items.value.filter((each) => each.key !== item.key), item]
  void flush()
  return item
}

export async function dismiss(key: string): Promise<void> {
  if (unkept.value.has(key)) unkept.value = new Set([...unkept.value].filter((each) => each !== key))
  else await drop('outbox', key)
  items.value = items.value.filter((each) => each.key !== key)
}

/** In the order in which it was entered; at most one at a time, whatever number of pages is open. */
export async function flush(): Promise<void> {
  clearTimeout(timer)
  if (me.value === null || waiting.value === 0) return
  const act = async (): Promise<void> => {
    sending.value = true
    try {
      await restore()
      for (const item of mine.value) if (item.refused === null && !(await sent(item))) break
    } finally {
      sending.value = false
    }
  }
  if ('locks' in navigator) await navigator.locks.request('zhigan-outbox', act)
  else await act()
  if (waiting.value > 0) timer = setTimeout(() => { void flush() }, AGAIN_MS)
}

async function sent(item: Item): Promise<boolean> {
  try {
    const answer = await handed(item)
    for (const listener of listeners) listener(item, answer)
    await dismiss(item.key)
    return true
  } catch (error) {
    if (!isFinal(error)) return false
    const refused = { status: error.status, code: typeof error.more['code'] === 'string' ? error.more['code'] : '', words: JSON.stringify(error.more) }
    if (!unkept.value.has(item.key)) await keep('outbox', { ...item, refused })
    items.value = items.value.map((each) => (each.key === item.key ? { ...each, refused } : each))
    return true
  }
}

/** Files go by a way of their own, which does not say by itself that the session is over. */
async function handed({ path, body, file, name }: Item): Promise<unknown> {
  if (file === undefined) return api.post(path, body ?? {})
  try {
    return await upload(path, new File([file], name ?? 'photo.jpg', { type: file.type }))
  } catch (error) {
    if (error instanceof Refused && error.status === 401) sessionEnded()
    throw error
  }
}

/** The platform has decided; it was not the way to it that failed. */
export function isFinal(error: unknown): error is Refused {
  if (error instanceof Unreachable || !(error instanceof Refused)) return false
  return error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status)
}

export function watchNetwork(): void {
  window.addEventListener('online', () => { void flush() })
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') void flush() })
}
