/*
 * The one door to the platform's HTTP. Enters: a path, a query, a body. Leaves: the answer, or an error that says
 * which kind of trouble it is. The session lives in a cookie that scripts cannot read, so no token is kept here.
 * Deliberately absent: retries (a step must never be taken twice by itself) and any knowledge of pages.
 */

const BASE = '/api/v1'

/** The platform answered, and said no: RFC 9457 problem details. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly more: Record<string, unknown>,
    readonly retryAfter: number | null,
  ) {
    super(`${status} ${title}: ${detail}`)
  }
}

/** The platform could not be reached: the link is down, or it took too long. */
export class Unreachable extends Error {}

export type Query = Record<string, string | number | boolean | null | undefined>

export interface Client {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  patch<T>(path: string, body: unknown): Promise<T>
  remove(path: string): Promise<void>
}

export interface Ears {
  /** The session has ended. */
  signedOut?: () => void
}

/** The address of a file to save: the browser fetches it with its own cookie. */
export function fileAddress(path: string, query: Query = {}): string {
  return BASE + path + queryString(query)
}

export function queryString(query: Query): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') params.append(name, String(value))
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export async function refusal(response: Response): Promise<Refused> {
  let body: Record<string, unknown> = {}
  try {
    const parsed: unknown = await response.json()
    if (typeof parsed === 'object' && parsed !== null) body = parsed as Record<string, unknown>
  } catch {
    // A proxy's own error page is no problem document; the status says enough.
  }
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new Refused(
    response.status,
    text(body['title']) || response.statusText,
    text(body['detail']),
    body,
    Number.isFinite(wait) ? wait : null,
  )
}

export function makeClient(ears: Ears = {}, timeoutMs = 15_000): Client {
  /** What does not come back in time is unreachable. */
  async function send(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const limit = new AbortController()
    const timer = setTimeout(() => { limit.abort() }, timeoutMs)
    signal?.addEventListener('abort', () => { limit.abort() }, { once: true })
    const init: RequestInit = {
      method,
      credentials: 'same-origin',
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      signal: limit.signal,
    }
    if (body !== undefined) init.body = JSON.stringify(body)
    try {
      return await fetch(BASE + path, init)
    } catch (error) {
      if (signal?.aborted === true) throw error
      throw new Unreachable(String(error))
    } finally {
      clearTimeout(timer)
    }
  }

  async function call<T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    const response = await send(method, path, body, signal)
    if (!response.ok) {
      if (response.status === 401 && !path.startsWith('/login')) ears.signedOut?.()
      throw await refusal(response)
    }
    if (response.status === 204) return undefined as T
    return (await response.json()) as T
  }

  return {
    get: (path, query = {}, signal) => call('GET', path + queryString(query), undefined, signal),
    post: (path, body = {}) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    patch: (path, body) => call('PATCH', path, body),
    remove: (path) => call('DELETE', path, undefined),
  }
}
