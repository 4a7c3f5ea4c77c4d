/*
 * The live feed: the one place where the stream enters the console. Enters: GET /live, resumed by Last-Event-ID. Leaves:
 * incident events, and whether the picture is live or since when it stands still. It reads the stream itself, where the
 * browser's EventSource would hide heartbeats and forget the position when it gives up.
 * Deliberately absent: what events mean.
 */
import { EventParser, type ServerEvent } from './sse'

export type Link = 'connecting' | 'live' | 'cut' | 'refused'

export interface FeedListener {
  event(event: ServerEvent): void
  /** A heartbeat: the platform's own time, in ms. */
  pulse(platformAt: number): void
  /** `resumed` is false when the feed starts anew and what lies between must be fetched. */
  connected(resumed: boolean): void
  state(link: Link, heardAt: number): void
}

export interface FeedWorld {
  fetch: typeof fetch
  now(): number
  after(ms: number, act: () => void): () => void
}

export const browserWorld: FeedWorld = {
  fetch: (...args) => fetch(...args),
  now: () => Date.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms)
    return () => { clearTimeout(timer) }
  },
}

/** Longer than two heartbeats: a link this quiet is cut, whatever the browser thinks of it. */
export const SILENCE_MS = 12_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000

export function backoff(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt)
}

export class Feed {
  private lastId: string | null = null
  private heardAt = 0
  private attempt = 0
  private stopped = true
  private abort: AbortController | null = null
  private cancelWait: () => void = () => undefined
  private cancelWatch: () => void = () => undefined

  constructor(
    private readonly url: string,
    private readonly listener: FeedListener,
    private readonly world: FeedWorld = browserWorld,
  ) {}

  start(): void {
    if (!this.stopped) return
    this.stopped = false
    this.listener.state('connecting', this.heardAt)
    void this.connect()
  }

  stop(): void {
    this.stopped = true
    this.cancelWait()
    this.cancelWatch()
    this.abort?.abort()
  }

  /** The browser says that the network is back, or somebody presses “retry”: no need to wait. */
  hurry(): void {
    if (this.stopped || this.abort !== null) return
    this.cancelWait()
    void this.connect()
  }

  /** The browser says that the network is gone: shown at once, not after the silence. */
  cut(): void {
    this.abort?.abort()
  }

  private heard(): void {
    this.heardAt = this.world.now()
    this.cancelWatch()
    this.cancelWatch = this.world.after(SILENCE_MS, () => { this.cut() })
  }

  private async connect(): Promise<void> {
    const abort = new AbortController()
    this.abort = abort
    this.cancelWatch = this.world.after(SILENCE_MS, () => { abort.abort() })
    let refused = false
    try {
      refused = await this.read(abort.signal)
    } catch {
      // Whatever broke the stream, the answer is the same: say so, and come back.
    }
    abort.abort()
    this.cancelWatch()
    this.abort = null
    if (this.isStopped()) return
    this.listener.state(refused ? 'refused' : 'cut', this.heardAt)
    if (refused) {
      this.stopped = true
      return
    }
    this.cancelWait = this.world.after(backoff(this.attempt++), () => { void this.connect() })
  }

  // A method, so that the compiler does not take the answer from before an await for the answer after it.
  private isStopped(): boolean {
    return this.stopped
  }

  private async read(signal: AbortSignal): Promise<boolean> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' }
    if (this.lastId !== null) headers['Last-Event-ID'] = this.lastId
    const response = await this.world.fetch(this.url, { headers, signal, credentials: 'same-origin', cache: 'no-store' })
    if (response.status === 401 || response.status === 403) return true
    if (!response.ok || response.body === null) return false
    this.attempt = 0
    this.heard()
    this.listener.state('live', this.heardAt)
    this.listener.connected(this.lastId !== null)
    const parser = new EventParser((text) => {
      const at = Date.parse(text)
      if (!Number.isNaN(at)) this.listener.pulse(at)
    })
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done || this.isStopped()) return false
      this.heard()
      for (const event of parser.push(value)) this.take(event)
      this.listener.state('live', this.heardAt)
    }
  }

  private take(event: ServerEvent): void {
    this.listener.event(event)
    if (event.id !== null) this.lastId = event.id
  }
}
