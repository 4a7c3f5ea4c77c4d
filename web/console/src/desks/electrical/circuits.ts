/*
 * Circuits in words and figures. Enters: what the platform answers. Leaves: texts, rows of the phase picture, whether a cut
 * goes on. Deliberately absent: judging; the platform says what is over a limit and what stands against a cut.
 */
import type { Circuit, CommandView, MeasuredChannel } from '@shared/api/types'
import { t, word } from '@shared/i18n'
import { refusalOf } from '@shared/refusals'
import { clock, instant } from '@shared/time'

export const LOADS = ['first', 'second', 'third'] as const
export const PHASES = ['a', 'b', 'c', 'n'] as const
export const PICTURE = ['current', 'voltage', 'temperature'] as const
const DIGITS: Readonly<Record<string, number>> = { current: 1, voltage: 0, temperature: 1, residual_current: 0, power: 1, energy: 0 }
const GOING = new Set(['awaiting_approval', 'pending', 'sent', 'acknowledged'])

export function figure(value: number | null, metric: string): string {
  return value === null ? t('circuit.unmeasured') : value.toFixed(DIGITS[metric] ?? 1)
}

export function channelOf(circuit: Circuit, metric: string, phase = ''): MeasuredChannel | undefined {
  return circuit.channels.find((each) => each.metric === metric && each.phase === phase)
}

/** The gravest of a quantity: what a list has room for. */
export function gravest(circuit: Circuit, metric: string): MeasuredChannel | undefined {
  const measured = circuit.channels.filter((each) => each.metric === metric && each.value !== null)
  return measured.reduce<MeasuredChannel | undefined>((worst, each) => (worst === undefined || (each.value ?? 0) > (worst.value ?? 0) ? each : worst), undefined)
}

export function feedWords(feeds: readonly string[]): string {
  return feeds.map((each) => word('load', each)).join(' · ')
}

export function limitWords(channel: MeasuredChannel): string {
  if (channel.high === null) return ''
  const source = channel.source === 'rating' ? t('circuit.rating') : channel.source
  const bounds = channel.low === null ? `≤ ${figure(channel.high, channel.metric)}` : `${figure(channel.low, channel.metric)}–${figure(channel.high, channel.metric)}`
  return `${bounds} ${channel.unit} · ${source}`
}

export function goesOn(command: CommandView): boolean {
  return GOING.has(command.state)
}

export function whyOf(cut: CommandView): string {
  const said = cut.arguments['reason']
  return typeof said === 'string' ? automaticWords(said) ?? said : ''
}

/** Who asked; nobody did where it was agreed beforehand. */
export const whoAsked = (cut: CommandView): string => personWords(cut.requested_by.name)
function personWords(who: string): string {
  if (who === 'automatic') return t('cut.automatic')
  return who === 'platform' ? '' : who
}

/** As the platform wrote why it cut by itself. */
function automaticWords(said: string): string | null {
  const found = /^automatic: (\w+) ?(\w?) ([\d.]+ \S+) >= ([\d.]+ \S+), (\d+) readings in (\d+) s, highest ([\d.]+)$/.exec(said)
  if (found === null) return null
  const [, metric = '', phase = '', value = '', limit = '', readings = '', seconds = '', most = ''] = found
  const what = `${word('quantity', metric)} ${phase === '' ? '' : word('phase.short', phase.toLowerCase())}`.trim()
  return t('cut.automatic.why', { what, value, limit, readings, seconds, most })
}

export interface CutLine { at: number, step: string, what: string, who: string, said: string }

/** Its steps as they happened; what the platform did by itself names nobody. */
export function linesOf(cut: CommandView): CutLine[] {
  return cut.history.map((past) => ({
    at: instant(past.at) ?? 0,
    step: past.state,
    what: word('cutstep', past.state),
    who: personWords(past.who),
    said: saidOf(cut, past),
  }))
}

function saidOf(cut: CommandView, past: CommandView['history'][number]): string {
  const words = past.detail === '' ? '' : detailWords(past.detail)
  if (past.state === 'awaiting_approval') return whyOf(cut)
  if (past.state === 'failed' && words !== '' && words === past.detail) return t('cut.refused', { why: words })
  if (past.state !== 'pending' || cut.due_at === null) return words
  return `${t('cut.countdown', { time: clock(instant(cut.due_at) ?? 0) })} ${words}`.trim()
}

const PROOFS = [
  ['measured without current', 'cut.proved'], ['current still flows', 'cut.flows'], ['not every phase', 'cut.partly'], ['nothing was measured', 'cut.unmeasured'],
  ['by the breaker\'s own word', 'cut.ownword'], ['no current whose absence', 'cut.unprovable'],
] as const

/** What the platform wrote about an order, in the seat's language; its own words where this page knows none. */
export function detailWords(detail: string): string {
  const [, figures] = /^[^:]+: (.+)$/.exec(detail.replace('UNCONFIRMED: ', '')) ?? []
  const proof = PROOFS.find(([holds]) => detail.includes(holds))
  if (proof !== undefined) return t(proof[1], { figures: figures ?? '' })
  const key = detail.replace(/[^a-z]+/gi, '_').toLowerCase()
  const known = word('cutdetail', key)
  return known === key ? refusalOfSentence(detail) : known
}

/** A refusal that the platform itself met at the end of the countdown: its sentence is known by how it begins. */
export function refusalOfSentence(detail: string): string {
  const code = Object.entries(BEGINS).find(([begins]) => detail.startsWith(begins))?.[1]
  return (code === undefined ? null : refusalOf(code, { loads: /\(([^)]+)\)/.exec(detail)?.[1] ?? '' })) ?? detail
}
const AUTOMATIC: Readonly<Record<string, string>> = {
  'Only a third': 'automatic.third', 'The circuit\'s current': 'automatic.unmeasured', 'No standing consent': 'automatic.consent', 'The sensor': 'automatic.sensor', 'The automatic cut-off was': 'automatic.ended', 'No breaker': 'circuit.no_breaker',
}
const BEGINS: Readonly<Record<string, string>> = { 'There is an open fire in this building: nothing': 'automatic.burning', 'There is an open fire': 'command.burning', 'The owner has not': 'command.consent', 'The owner\'s written consent': 'command.consent_over', 'This circuit feeds': 'command.feeds', 'It is not written': 'command.feeds_unknown', 'The breaker\'s circuit': 'command.circuit', ...AUTOMATIC }
