/*
 * Errors as people read them: what, where, what to do. Enters: anything thrown by the client. Leaves: the state of a page,
 * or the sentence of a step that was not taken.
 */
import { Refused, Unreachable } from './api/client'
import type { Incident } from './api/types'
import { t, word } from './i18n'
import { anyWords, refusalWords } from './refusals'
import { clock, instant } from './time'

export type Trouble = 'offline' | 'forbidden' | 'gone' | 'failed'

export function troubleOf(error: unknown): Trouble {
  if (error instanceof Unreachable) return 'offline'
  if (!(error instanceof Refused)) return 'failed'
  if (error.status === 403) return 'forbidden'
  return error.status === 404 ? 'gone' : 'failed'
}

/** What came between: the newest line of the timeline that changed the state, and whose it was. */
export function conflictWords(now: Incident | null): string {
  if (now === null) return t('step.conflict.unknown', { state: '' })
  const line = [...now.timeline].reverse().find((each) => STEPS.has(each.what))
  const at = instant(line?.at)
  if (line === undefined || at === null) return t('step.conflict.unknown', { state: word('state', now.state) })
  return t('step.conflict', { who: line.who, time: clock(at), what: word('timeline.what', line.what) })
}

const STEPS = new Set(['accepted', 'released', 'confirmed', 'dismissed', 'dispatched', 'responding', 'closed', 'merged'])

export function stepTrouble(error: unknown): string {
  if (error instanceof Unreachable) return t('step.unreachable')
  if (!(error instanceof Refused)) return t('step.failed', { status: String(error) })
  if (error.status === 400 || error.status === 422) return t('step.invalid', { detail: anyWords(error) })
  const why = error.status < 500 ? refusalWords(error) : null
  if (why !== null) return t('step.invalid', { detail: why })
  if (error.status === 403) return t('step.forbidden')
  return t('step.failed', { status: error.status })
}
