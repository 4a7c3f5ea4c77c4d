/*
 * What a wall knows, kept for weeks: one view, one state, one stream. Enters: the link's secret. Leaves: the newest state,
 * how old it is, and why there is none. Each state takes the place of the one before it; nothing is gathered.
 */
import type { WallState, WallView } from '@shared/api/types'
import { onMounted, onUnmounted, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { browserWorld, Feed, SILENCE_MS, type FeedWorld, type Link } from '../../live/feed'
import { exactly, now, pulse, tick } from '../../live/now'

const AGAIN_MS = 30_000
const REFUSALS: readonly string[] = ['wall.unknown', 'wall.elsewhere', 'wall.revoked', 'wall.expired']

export interface Wall {
  view: ShallowRef<WallView | null>
  state: ShallowRef<WallState | null>
  /** The code of the refusal, or that the platform cannot be reached; null: all is well. */
  refused: Ref<string | null>
  link: Ref<Link>
  /** When the platform was heard last, by its own clock. */
  heardAt: Ref<number>
}

export function isOld(heardAt: number, at: number): boolean {
  return at - heardAt > SILENCE_MS
}

/** Requests bear the link's secret and no cookie. */
function bearing(token: string): FeedWorld {
  return { ...browserWorld, fetch: (url, init) => fetch(url, { ...init, credentials: 'omit', headers: { ...(init?.headers as Record<string, string> | undefined), Authorization: `Wall ${token}` } }) }
}

/** The browser says that the network is gone, or back; until the returned function is called. */
function onNetwork(feed: Feed): () => void {
  const cut = (): void => { feed.cut() }
  const hurry = (): void => { feed.hurry() }
  window.addEventListener('offline', cut)
  window.addEventListener('online', hurry)
  return () => {
    window.removeEventListener('offline', cut)
    window.removeEventListener('online', hurry)
  }
}

export function useWall(token: string): Wall {
  const view = shallowRef<WallView | null>(null)
  const state = shallowRef<WallState | null>(null)
  const refused = ref<string | null>(null)
  const link = ref<Link>('connecting')
  const heardAt = ref(0)
  const world = bearing(token)
  let timer = 0
  let later: () => void = () => undefined

  const feed = new Feed('/api/v1/public/wall/live', {
    event: (event) => { if (event.event === 'state') state.value = JSON.parse(event.data) as WallState },
    pulse: (at) => {
      pulse(at)
      heardAt.value = at
    },
    connected: () => undefined,
    state: (next) => {
      link.value = next
      if (next === 'refused') void begin()
    },
  }, world)

  function again(why: string): void {
    refused.value = why
    later()
    later = world.after(AGAIN_MS, () => { void begin() })
  }
  async function begin(): Promise<void> {
    try {
      const answer = await world.fetch('/api/v1/public/wall', { cache: 'no-store' })
      const body = await answer.json() as WallView & { code?: string }
      if (!answer.ok) {
        view.value = state.value = null
        again(REFUSALS.includes(body.code ?? '') ? body.code ?? '' : 'unreachable')
        return
      }
      pulse(Date.parse(body.now))
      heardAt.value = exactly()
      view.value = body
      state.value = body.state
      refused.value = null
      feed.start()
    } catch {
      again('unreachable')
    }
  }
  const away = onNetwork(feed)
  onMounted(() => {
    timer = window.setInterval(tick, 1000)
    void begin()
  })
  onUnmounted(() => {
    away()
    window.clearInterval(timer)
    later()
    feed.stop()
  })
  return { view, state, refused, link, heardAt }
}

export { now }
