/*
 * A list whose view is a link: search, filters and page live in the address. Enters: a path and the names of its filters.
 * Leaves: the page that the database gave. Deliberately absent: totals, which cost a scan.
 */
import { computed, onUnmounted, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { onBeforeRouteLeave, useRoute, useRouter } from 'vue-router'
import type { Page } from '@shared/api/types'
import type { Query } from '@shared/api/client'
import { api } from '@shared/session'
import { troubleOf, type Trouble } from '@shared/trouble'

const SIZE = 100
const TYPING_MS = 250

export interface ListView<T> {
  rows: ShallowRef<readonly T[]>
  next: Ref<string | null>
  trouble: Ref<Trouble | null>
  loading: Ref<boolean>
  search: Ref<string>
  filters: ComputedRef<Record<string, string>>
  onLaterPage: ComputedRef<boolean>
  set(name: string, value: string | null): void
  clear(): void
  forward(): void
  first(): void
  again(): void
}

interface Rows<T> extends Pick<ListView<T>, 'rows' | 'next' | 'trouble' | 'loading'> { load: (query: Query) => Promise<void>, stop: () => void }

/** One page at a time; an answer that came too late is dropped. */
function useRows<T>(path: string): Rows<T> {
  const rows = shallowRef<readonly T[]>([])
  const next = ref<string | null>(null)
  const trouble = ref<Trouble | null>(null)
  const loading = ref(true)
  let current = new AbortController()

  async function load(query: Query): Promise<void> {
    current.abort()
    const mine = current = new AbortController()
    loading.value = true
    try {
      const page = await api.get<Page<T>>(path, query, mine.signal)
      rows.value = page.items
      next.value = page.next
      trouble.value = null
    } catch (error) {
      if (mine.signal.aborted) return
      trouble.value = troubleOf(error)
      rows.value = []
    }
    if (mine === current) loading.value = false
  }

  return { rows, next, trouble, loading, load, stop: () => { current.abort() } }
}

export function useList<T>(path: string, names: readonly string[], always: Query = {}): ListView<T> {
  const route = useRoute()
  const router = useRouter()
  const { load, stop, ...list } = useRows<T>(path)
  const given = (name: string): string => (typeof route.query[name] === 'string' ? route.query[name] : '')
  const search = ref(given('q'))
  const here = route.name
  let timer = 0

  const filters = computed(() => Object.fromEntries(names.map((name) => [name, given(name)]).filter(([, value]) => value !== '')) as Record<string, string>)

  function put(changes: Record<string, string | null>): void {
    const merged = Object.entries({ q: search.value, ...filters.value, cursor: null, ...changes })
    void router.push({ query: Object.fromEntries(merged.filter(([, value]) => value !== null && value !== '')) })
  }

  function again(): void {
    void load({ q: given('q'), ...filters.value, cursor: given('cursor'), limit: SIZE, ...always })
  }

  watch(() => route.query, () => {
    if (route.name !== here) return
    search.value = given('q')
    again()
  }, { immediate: true })
  watch(search, (text) => {
    window.clearTimeout(timer)
    if (text !== given('q')) timer = window.setTimeout(() => { put({ q: text }) }, TYPING_MS)
  })
  // Who leaves while a word is still being waited for, leaves: the search must not call him back.
  onBeforeRouteLeave(() => { window.clearTimeout(timer) })
  const back = (): void => { if (list.trouble.value === 'offline') again() }
  window.addEventListener('online', back)
  onUnmounted(() => {
    window.removeEventListener('online', back)
    window.clearTimeout(timer)
    stop()
  })

  return {
    ...list, search, filters, again,
    onLaterPage: computed(() => given('cursor') !== ''),
    set: (name, value) => { put({ [name]: value }) },
    clear: () => { void router.push({ query: {} }) },
    forward: () => { put({ cursor: list.next.value }) },
    first: () => { put({ cursor: null }) },
  }
}
