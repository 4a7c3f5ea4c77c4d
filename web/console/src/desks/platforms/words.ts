/* How a platform's times are said. */
import { t } from '@shared/i18n'
import { instant, moment } from '@shared/time'
import { now } from '../../live/now'

export const when = (at: string | null): string => (at === null ? '–' : moment(instant(at) ?? 0, now.value))
export const lag = (seconds: number | null): string => (seconds === null ? '–' : t('centre.seconds', { n: seconds < 10 ? seconds.toFixed(1) : Math.round(seconds) }))
