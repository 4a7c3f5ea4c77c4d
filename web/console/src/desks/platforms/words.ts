/* How a platform's times are said. */
import { instant, moment } from '@shared/time'
import { now } from '../../live/now'

export const when = (at: string | null): string => (at === null ? '–' : moment(instant(at) ?? 0, now.value))
