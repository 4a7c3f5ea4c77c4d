/*
 * What the platform answers, as types. Written by hand from the public contract until `npm run generate` has an OpenAPI
 * document to read; the generated file then takes its place and this one only gives its parts their names.
 * Deliberately absent: fields that a page does not read.
 */

export type Grade = 'I' | 'II' | 'III' | 'IV'
export type Kind =
  | 'fire' | 'gas' | 'electrical' | 'water' | 'facility' | 'shield'
  | 'fault' | 'link' | 'duty' | 'exit' | 'hydrant' | 'tamper'
export type State = 'open' | 'verifying' | 'confirmed' | 'dispatched' | 'responding' | 'closed'
export type Outcome = 'fire' | 'false_alarm' | 'test' | 'drill' | 'fault' | 'other'
export type Basis = 'on_site' | 'video' | 'phone' | 'corroborated' | 'unverifiable'
export type Queue = 'desk' | 'attention' | 'task'
export type Step = 'accept' | 'release' | 'confirm' | 'dismiss' | 'dispatch' | 'note' | 'close'

export interface Named { id: string, code: string, name: string }
/** A device in an alarm: `code` is its address, `id` is null where it is not registered. */
export interface NamedDevice { id: string | null, code: string, name: string }
export interface Person { id: string, name: string }

/** A reason for a grade: its code, the figures in it, and the sentence in both languages. */
export interface Reason { why: string, zh: string, en: string }

export interface Alarm {
  id: string
  device: NamedDevice
  component: string
  kind: Kind
  condition: string
  raised_at: string
  received_at: string
  cleared_at: string | null
  count: number
  text: string
  raw: string
  words: Words[]
}

/** One line of a raw frame explained. */
export interface Words { zh: string, en: string }

export interface TimelineLine {
  at: string
  who: string
  what: string
  detail: unknown
  hash: string
}

export interface IncidentRow {
  id: string
  version: number
  grade: Grade
  reasons: Reason[]
  kind: Kind
  state: State
  outcome: Outcome | null
  unit: Named | null
  building: Named | null
  place: string
  opened_at: string
  received_at: string
  last_signal_at: string
  claimed_by: Person | null
  claimed_at: string | null
  verify_by: string | null
  answer_by: string | null
  flags: string[]
  queue: Queue
  merged_into: string | null
  cause: string | null
  /** The steps that this account can take now, as the platform sees it. */
  steps: Step[]
  lon: number | null
  lat: number | null
}

export interface Incident extends IncidentRow {
  alarms: Alarm[]
  timeline: TimelineLine[]
  timeline_count: number
}

/** The data of `event: incident` on the live feed. */
export interface LiveIncident {
  id: string
  version: number
  grade: Grade
  kind: Kind
  state: State
  unit: Named | null
  opened_at: string
  last_signal_at: string
  alarms: number
  queue: Queue
  merged_into?: string | null
}

/** `seen`: the state on the asker's page; when it is another by now, the step is refused (409). */
export interface StepBody { outcome?: Outcome, cause?: string, basis?: Basis, note?: string, seen?: State }

export interface Me { id: string, name: string, display_name: string, role: string, scope: string }

export interface Page<T> { items: T[], next: string | null }

export interface Unit {
  id: string
  code: string
  name: string
  premises: string
  area_code: string
  class: string
  reporting_area: string
  industry: string
  address: string
  lon: number | null
  lat: number | null
  tags: string[]
  phone: string
}

export interface Building { id: string, code: string, name: string }

export interface UnitDetail extends Unit { buildings: Building[], contacts: Contact[] }

export interface Area { code: string, name: string, kind: string, communities: number }

export interface Device {
  id: string
  name: string
  type: string
  gateway: string
  address: string
  state: string
  unit_id: string | null
  place: string
  /** What it is in now, in one word; `conditions` are all that hold. */
  condition: string
  conditions: string[]
  last_seen_at: string | null
}

export interface Contact { id: string, name: string, role: string, phone: string }
