/*
 * A file on its way to the platform. Enters: a path and a file. Leaves: the answer, or the same errors as the client's.
 * Apart from client.ts because what is sent is no JSON and may take minutes over a phone.
 */
import { refusal, Unreachable } from './client'

export const MOST_BYTES = 20 * 1024 * 1024
const PATIENCE_MS = 5 * 60_000

export async function upload<T>(path: string, file: File, beside: Readonly<Record<string, string>> = {}): Promise<T> {
  const body = new FormData()
  for (const [name, value] of Object.entries(beside)) body.append(name, value)
  body.append('file', file, file.name)
  let response: Response
  try {
    response = await fetch(`/api/v1${path}`, { method: 'POST', credentials: 'same-origin', body, headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch (error) {
    throw new Unreachable(String(error))
  }
  if (response.status === 204) return undefined as T
  if (response.ok) return (await response.json()) as T
  throw await refusal(response)
}
