import { describe, expect, it } from 'vitest'
import { backoff, Feed, SILENCE_MS, type FeedWorld, type Link } from './feed'

interface Call { headers: Record<string, string>, signal: AbortSignal }

/** A network whose streams and clock the test moves by hand. */
class Wire implements FeedWorld {
  time = 1000
  calls: Call[] = []
  private timers: { at: number, act: () => void, off: boolean }[] = []
  private stream: ReadableStreamDefaultController<Uint8Array> | null = null
  status = 200

  fetch: typeof fetch = (_url, init) => {
    const signal = init?.signal as AbortSignal
    this.calls.push({ headers: init?.headers as Record<string, string>, signal })
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.stream = controller
        signal.addEventListener('abort', () => { try { controller.error(new Error('aborted')) } catch { /* closed */ } })
      },
    })
    return Promise.resolve(new Response(this.status === 200 ? body : null, { status: this.status }))
  }

  now = (): number => this.time

  after = (ms: number, act: () => void): (() => void) => {
    const timer = { at: this.time + ms, act, off: false }
    this.timers.push(timer)
    return () => { timer.off = true }
  }

  say(text: string): void { this.stream?.enqueue(new TextEncoder().encode(text)) }
  hangUp(): void { this.stream?.close() }

  async pass(ms: number): Promise<void> {
    this.time += ms
    for (const timer of this.timers.filter((t) => !t.off && t.at <= this.time)) { timer.off = true; timer.act() }
    await settle()
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

interface Seen { wire: Wire, feed: Feed, links: Link[], ids: string[], pulses: number[], resumed: boolean[] }

async function watch(): Promise<Seen> {
  const wire = new Wire()
  const links: Link[] = []
  const ids: string[] = []
  const pulses: number[] = []
  const resumed: boolean[] = []
  const feed = new Feed('/live', {
    pulse: (at) => pulses.push(at),
    event: (event) => ids.push(event.id ?? ''),
    connected: (again) => resumed.push(again),
    state: (link) => { if (links.at(-1) !== link) links.push(link) },
  }, wire)
  feed.start()
  await settle()
  return { wire, feed, links, ids, pulses, resumed }
}

describe('the live feed', () => {
  it('resumes from the last event after a cut', async () => {
    const { wire, links, ids, resumed } = await watch()
    wire.say('id: 5\nevent: incident\ndata: {}\n\n')
    await settle()
    wire.hangUp()
    await settle()
    expect(links).toEqual(['connecting', 'live', 'cut'])
    await wire.pass(backoff(0))
    expect(wire.calls[1]?.headers['Last-Event-ID']).toBe('5')
    expect(links.at(-1)).toBe('live')
    expect(resumed).toEqual([false, true])
    expect(ids).toEqual(['5'])
  })
  it('calls a silent link cut, and heartbeats keep it alive', async () => {
    const { wire, links } = await watch()
    for (let beat = 0; beat < 4; beat++) {
      await wire.pass(SILENCE_MS - 1000)
      wire.say(': pulse\n\n')
      await settle()
    }
    expect(links.at(-1)).toBe('live')
    await wire.pass(SILENCE_MS + 1)
    expect(links.at(-1)).toBe('cut')
  })
  it('hears the platform’s time in a heartbeat', async () => {
    const { wire, pulses } = await watch()
    wire.say('retry: 1000\n: 2026-11-22T12:31:07.250000+00:00\n\n: not a time\n\n')
    await settle()
    expect(pulses).toEqual([Date.parse('2026-11-22T12:31:07.250Z')])
  })
  it('waits longer each time, but never long', () => {
    expect([0, 1, 2, 10].map(backoff)).toEqual([500, 1000, 2000, 8000])
  })
  it('stops asking when the session has ended', async () => {
    const { wire, feed, links } = await watch()
    wire.status = 401
    wire.hangUp()
    await settle()
    await wire.pass(backoff(0))
    expect(links.at(-1)).toBe('refused')
    await wire.pass(60_000)
    expect(wire.calls.length).toBe(2)
    feed.stop()
  })
  it('shows a lost network at once and comes back when told', async () => {
    const { wire, feed, links } = await watch()
    feed.cut()
    await settle()
    expect(links.at(-1)).toBe('cut')
    feed.hurry()
    await settle()
    expect(links.at(-1)).toBe('live')
    expect(wire.calls.length).toBe(2)
  })
})
