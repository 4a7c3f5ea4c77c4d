/* How long the way to the platform and back takes, measured while the feed is live. Leaves: ms, or null while unknown. */

const EVERY_MS = 10_000
const LIMIT_MS = 5_000

async function once(): Promise<number | null> {
  const stop = new AbortController()
  const timer = window.setTimeout(() => { stop.abort() }, LIMIT_MS)
  const from = performance.now()
  try {
    await (await fetch('/healthz', { signal: stop.signal, cache: 'no-store' })).arrayBuffer()
    return Math.max(1, Math.round(performance.now() - from))
  } catch {
    return null
  } finally {
    window.clearTimeout(timer)
  }
}

/** Tells each measurement until the returned function is called. */
export function measure(tell: (ms: number | null) => void): () => void {
  let stopped = false
  const go = async (): Promise<void> => {
    const ms = await once()
    if (!stopped) tell(ms)
  }
  void go()
  const timer = window.setInterval(() => { void go() }, EVERY_MS)
  return () => {
    stopped = true
    window.clearInterval(timer)
  }
}
