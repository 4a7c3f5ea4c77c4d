/*
 * What the map's page will ask first, asked as soon as the address is known: while the page's program comes, and while the platform
 * says who sits here. Each answer is taken once; afterwards, and where asking ahead failed, one asks as everybody does.
 */
import { api } from '@shared/session'

const asked = new Map<string, Promise<unknown>>()
export const GROUND = '/map/ground'
export const INCIDENTS = '/map/incidents'
export const QUIET = '/silences/places'

export function askAhead(): void {
  for (const path of [GROUND, INCIDENTS, QUIET]) {
    const answer = api.get(path)
    answer.catch(() => { asked.delete(path) })
    asked.set(path, answer)
  }
}

export async function taken<T>(path: string): Promise<T> {
  const answer = asked.get(path)
  asked.delete(path)
  return (await (answer ?? api.get(path))) as T
}
