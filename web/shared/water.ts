/* Words about water that the desk and the phone share. */
import { t } from './i18n'

/** How far, and by what: a line is shorter than the way. */
export function wayTo(hydrant: { distance_m: number | null, distance_by: string | null }): string {
  return t(hydrant.distance_by === 'road' ? 'place.hydrant.road' : 'place.hydrant.line', { m: hydrant.distance_m ?? '' })
}
