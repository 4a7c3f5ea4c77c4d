/*
 * The desk's steps as a seat needs them: their keys, the cause codes, what a dialogue sends.
 * Deliberately absent: which step a state and a role allow. The platform says so with each incident (`steps`).
 */
import type { Basis, Outcome, Step, StepBody } from './api/types'

const DESK_ROLES = new Set(['duty', 'lead', 'operator', 'admin'])
const LEAD_ROLES = new Set(['lead', 'admin'])

export function mayStep(role: string): boolean {
  return DESK_ROLES.has(role)
}

export function mayLead(role: string): boolean {
  return LEAD_ROLES.has(role)
}

export const KEY_OF_STEP: Record<Step, string> = {
  accept: 'a', confirm: 'c', dismiss: 'x', dispatch: 'd', note: 'n', release: 'r', close: 'e', finish: 'f', approve: 'v', send_back: 'b',
}

const OUTCOME_OF_GROUP: Record<string, Outcome> = {
  F: 'fire', U: 'false_alarm', E: 'false_alarm', D: 'fault', H: 'false_alarm', T: 'test', X: 'false_alarm',
}

/** Cause codes of policy.md, group by group, in its order. */
export const CAUSE_GROUPS: Readonly<Record<string, readonly string[]>> = {
  F: ['F1', 'F2', 'F3', 'F4', 'F5'],
  U: ['U1', 'U2', 'U3', 'U4', 'U5', 'U6', 'U7', 'U8', 'U9'],
  E: ['E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7'],
  D: ['D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'D8', 'D9'],
  H: ['H1', 'H2', 'H3', 'H4', 'H5', 'H6'],
  T: ['T1', 'T2', 'T3', 'T4', 'T5'],
  X: ['X1', 'X2', 'X3'],
}

export const FALSE_GROUPS = ['U', 'E', 'D', 'H', 'T', 'X'] as const

export function outcomeOf(cause: string): Outcome {
  if (cause === 'T3') return 'drill'
  if (cause === 'X3') return 'other'
  return OUTCOME_OF_GROUP[cause.charAt(0)] ?? 'other'
}

export const BASES = ['on_site', 'video', 'phone', 'corroborated', 'unverifiable'] as const

export interface Given { note: string, basis: Basis | null, cause: string | null, outcome: Outcome }

/** What a dialogue gathered, as the platform wants it: only what the step asks for. */
export function bodyOf(step: Step, work: boolean, given: Given): StepBody {
  const note = given.note.trim() === '' ? {} : { note: given.note.trim() }
  const cause = given.cause === null ? {} : { cause: given.cause }
  if (step === 'confirm') return { ...(given.basis === null ? {} : { basis: given.basis }), ...note }
  if (step === 'dismiss' || step === 'finish' || (step === 'close' && work)) return { ...cause, ...note }
  if (step === 'close') return { outcome: given.outcome, ...cause, ...note }
  return note
}
