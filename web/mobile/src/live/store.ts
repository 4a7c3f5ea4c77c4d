/*
 * The phone's own memory (IndexedDB). Enters: what was entered and must not be lost; drafts of work without a network.
 * Leaves: the same, after the page or the phone was closed. Deliberately absent: the platform's answers about people.
 */

const NAME = 'zhigan-phone'
const VERSION = 1
export type Shelf = 'outbox' | 'jobs'

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION)
    asked.onupgradeneeded = () => {
      for (const shelf of ['outbox', 'jobs']) asked.result.createObjectStore(shelf, { keyPath: 'key' })
    }
    asked.onsuccess = () => { resolve(asked.result) }
    asked.onerror = () => { reject(asked.error ?? new Error('IndexedDB')) }
    asked.onblocked = () => { reject(new Error('IndexedDB')) }
  })
}

let base: Promise<IDBDatabase> | null = null

async function within<T>(shelf: Shelf, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  base ??= opened()
  const db = await base.catch((error: unknown) => {
    base = null // asked for again the next time
    throw error
  })
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(shelf, mode, { durability: 'strict' })
    const asked = act(transaction.objectStore(shelf))
    transaction.oncomplete = () => { resolve(asked.result) }
    transaction.onabort = () => { reject(transaction.error ?? new Error('IndexedDB')) }
    transaction.onerror = () => { reject(transaction.error ?? new Error('IndexedDB')) }
  })
}

export const all = <T>(shelf: Shelf): Promise<T[]> => within<T[]>(shelf, 'readonly', (store) => store.getAll() as IDBRequest<T[]>)
export const keep = (shelf: Shelf, item: object): Promise<IDBValidKey> => within(shelf, 'readwrite', (store) => store.put(item))
export const drop = (shelf: Shelf, key: string): Promise<undefined> => within(shelf, 'readwrite', (store) => store.delete(key))

/** The browser is asked once not to clear this memory when the phone runs short; whether it agrees is its own business. */
let asked = false
export function keepForGood(): void {
  if (asked || !('storage' in navigator)) return
  asked = true
  navigator.storage.persist().catch(() => undefined)
}
