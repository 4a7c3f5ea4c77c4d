/* What the registry's things are made of, field by field, as forms ask for them. Names are the interface's. */
import { t, word } from '@shared/i18n'
import type { Building, FloorView } from '@shared/api/types'
import * as list from './choices'
import { UNIT, type Lookup } from '../../parts/lookup'
import type { Choice, Field } from '../../parts/form'

type More = Omit<Partial<Field>, 'name' | 'kind'>
const named = (name: string): string => word('fieldname', name)
const make = (kind: Field['kind']) => (name: string, more: More = {}): Field => ({ name, kind, label: named(name), ...more })
const text = make('text')
const whole = (name: string, more: More = {}): Field => make('whole')(name, { least: 0, ...more })
const number = make('number')
const date = make('date')
const select = (name: string, choices: readonly Choice[], more: More = {}): Field => make('select')(name, { choices, ...more })

const place = (required = false): Field[] => [
  number('lon', { least: -180, most: 180, hint: t('hint.lonlat'), required }), number('lat', { least: -90, most: 90, required }),
]
const code = (standing: boolean, hint = t('hint.code')): Field => text('code', { required: true, locked: standing, hint })
const coded = (name: string): Field => make('lookup')(name, {
  lookup: { path: '/organisations', query: { dimension: name }, value: 'code', name: 'name', more: 'code', free: true }, hint: t('hint.orgcode'),
})
const community = (): Field => make('lookup')('community', { lookup: { path: '/communities', value: 'code', name: 'name', more: 'street_name', free: true }, hint: t('hint.community') })

/** The annex's terminals, in the plan's order, as fields of a unit. */
export const TERMINALS = ['need_transmission', 'need_water', 'need_control_video', 'need_escape_video', 'need_detectors', 'need_electrical', 'need_hydrants'] as const
export const SIZES = ['floor_area_m2', 'occupants', 'households', 'circuits', 'cameras'] as const
const ANNEX: Record<string, string> = {
  automatic_facilities: 'rrrroro', crowded: 'nonrrro', other: 'nonorro', high_rise_residential: 'rrrroro', low_rise_residential: 'nonoooo', shanty: 'nrnoroo', road: 'nnnnnnr',
}
const ASKS: Record<string, 'annex.required' | 'annex.optional' | 'annex.none'> = { r: 'annex.required', o: 'annex.optional', n: 'annex.none' }

/** What the annex asks of a row for a terminal, in words. */
export function asked(premises: string, terminal: (typeof TERMINALS)[number]): string {
  const key = ASKS[ANNEX[premises]?.charAt(TERMINALS.indexOf(terminal)) ?? '']
  return key === undefined ? '' : t(key)
}

export interface Part { id: string, title: string, note?: string, fields: readonly Field[] }

export function unitParts(standing: boolean, premises: string, areas: readonly Choice[]): readonly Part[] {
  return [
    { id: 'basis', title: t('unit.part.basis'), fields: [
      code(standing), text('name', { required: true }), select('premises', list.premises(), { required: true }), select('class', list.classes(), { hint: t('unit.class.auto') }),
      select('industry', list.industries()), select('ownership', list.ownerships()), text('uscc', { hint: t('hint.uscc') }), text('phone'), text('closed_hours', { hint: t('hint.closed_hours') }),
    ] },
    { id: 'place', title: t('unit.part.place'), fields: [select('area_code', areas, { required: true }), community(), text('address'), ...place()] },
    { id: 'kinds', title: t('unit.part.kinds'), fields: [make('checks')('tags', { choices: list.tags() })] },
    { id: 'people', title: t('unit.part.people'), fields: [text('supervised_by'), coded('grid'), coded('station'), coded('firm'), coded('org')] },
    { id: 'survey', title: t('unit.part.survey'), note: t('unit.survey.note'), fields: [
      whole('floor_area_m2', { suffix: 'm²' }), whole('occupants'), whole('households'), whole('circuits'), whole('cameras'), date('surveyed_on'),
      ...TERMINALS.map((terminal) => whole(terminal, { suffix: asked(premises, terminal) })),
    ] },
  ]
}

/** Building and floor; the floors of the chosen building are offered, any other may be typed. */
export const inside = (buildings: readonly Building[], floors: readonly FloorView[]): Field[] => [
  select('building_id', buildings.map((each) => ({ value: each.id, name: each.name }))), text('floor', { suggested: floors.map((each) => each.floor), hint: t('hint.floor') }),
]
const compartments = (floors: readonly FloorView[], floor: string): readonly string[] => floors.filter((each) => floor === '' || each.floor === floor).flatMap((each) => each.compartments)

export const buildingFields = (standing: boolean): readonly Field[] => [
  code(standing), text('name', { required: true }), whole('floors_above', { most: 200 }), whole('floors_below', { most: 20 }), number('height_m', { least: 0, suffix: 'm' }),
  whole('floor_area_m2', { suffix: 'm²' }), text('address'), ...place(),
]

export const contactFields = (): readonly Field[] => [
  select('role', list.contactRoles(), { required: true, label: t('label.role') }), text('name', { required: true, label: t('label.person') }), text('phone', { required: true }), whole('order', { least: 1, most: 99 }),
]

export const keyPartFields = (buildings: readonly Building[], floors: readonly FloorView[]): readonly Field[] => [
  text('name', { required: true }), select('hazard', list.hazards(), { required: true }), ...inside(buildings, floors),
  text('place'), text('person'), text('phone'), make('long')('facilities'), make('long')('measures'),
]

export const organisationFields = (standing: boolean, areas: readonly Choice[]): readonly Field[] => [
  select('kind', list.organisationKinds(), { required: true, locked: standing }), code(standing, t('org.code.hint')), text('name', { required: true }),
  select('area_code', areas, { hint: t('org.city') }), community(), text('person'), text('phone'), text('uscc', { hint: t('hint.uscc') }), text('address'), ...place(),
]

export const gridFields = (standing: boolean): readonly Field[] => [
  code(standing, t('hint.grid.code')), text('name', { required: true }), { ...community(), required: true }, text('bounds', { hint: t('hint.bounds') }), { name: 'shape', label: t('grid.shape'), kind: 'polygon', hint: t('grid.shape.hint') }, text('person', { label: t('grid.head') }), text('phone'),
]

export const memberFields = (): readonly Field[] => [
  text('name', { required: true }), text('phone', { required: true }), text('post'), whole('order', { least: 1, most: 99, hint: t('hint.member.order') }),
]

export const hydrantFields = (standing: boolean, areas: readonly Choice[], only: boolean): readonly Field[] => {
  const position = place(true)
  if (only) return position
  return [
    code(standing), text('name'), ...position, select('area_code', areas, { required: true }), community(), text('address'), select('state', list.waters()),
    number('pressure_mpa', { least: 0, most: 4, suffix: 'MPa' }), whole('diameter_mm', { least: 15, most: 2000, suffix: 'mm' }),
    select('kind', list.waterKinds()), whole('main_mm', { least: 15, most: 4000, suffix: 'mm' }), text('outlets', { hint: t('hint.outlets') }), text('owner', { label: t('water.owner') }), text('zone', { label: t('water.zone'), hint: t('hint.zone') }),
    make('lookup')('gauge', { lookup: { path: '/devices', value: 'address', name: 'name', more: 'address', free: true }, hint: t('hint.gauge') }),
    number('static_mpa', { least: 0, most: 4, suffix: 'MPa', hint: t('hint.flowtest') }), number('residual_mpa', { least: 0, most: 4, suffix: 'MPa' }), number('flow_lps', { least: 0, most: 1000, suffix: 'L/s' }), date('tested_on'),
  ]
}

export const roundFields = (areas: readonly Choice[]): readonly Field[] => [
  text('name', { required: true, label: t('round.col.name') }), select('area', areas, { required: true, label: t('col.area') }), { ...date('due_on'), required: true, label: t('round.col.due') }, text('owner', { label: t('water.owner') }), text('zone', { label: t('water.zone') }),
]

/** What is known of where a device may stand: buildings of the unit, floors of the building, the floor as it is written. */
export interface Inside { buildings: readonly Building[], floors: readonly FloorView[], floor: string }

export function deviceParts(standing: boolean, type: string, gateway: string, unit: string, here: Inside): readonly Part[] {
  const parts: Part[] = [
    { id: 'what', title: t('device.part.what'), fields: [
      text('name', { required: true }), select('type', list.types(), { required: true }), select('gateway', list.gateways(), { required: true, locked: standing }),
      text('address', { required: true, locked: standing, label: t('label.device.address'), hint: t(gateway === 'gb26875' ? 'hint.address.gb26875' : 'hint.address') }),
      select('class', list.deviceClasses(), { label: t('label.device.class'), hint: t('hint.class') }), text('profile'),
    ] },
    { id: 'where', title: t('device.part.where'), fields: [
      make('lookup')('unit_id', { lookup: UNIT, called: unit, hint: t('hint.unit'), required: standing }), ...inside(here.buildings, here.floors),
      text('compartment', { suggested: compartments(here.floors, here.floor) }), text('flat'), text('place'), ...place(),
    ] },
    { id: 'make', title: t('device.part.make'), fields: [
      text('maker'), text('model'), text('serial'), text('firmware'), text('iccid'), text('installer'), date('made_on'), date('installed_on'), date('battery_on'), date('life_until'), date('plan_expires_on'),
    ] },
  ]
  const cut: Part = { id: 'cut', title: t('device.part.cut'), note: t('device.cut.note'), fields: [select('load_class', list.loads()), text('cut_by'), date('cut_until')] }
  return type === 'breaker' ? [...parts, cut] : parts
}
export const unitLookup = (called: string, required = true): Field => make('lookup')('unit_id', { lookup: UNIT, called, required, hint: t('hint.unit') })
/** Behind a transmission device that has a building, that building stands unless another is chosen. */
export const adoptFields = (called: string, here: Inside): readonly Field[] => [
  text('name', { required: true }), select('type', list.types(), { required: true }), unitLookup(called), ...inside(here.buildings, here.floors), text('place'),
]

/** Devices of one unit, found by what is typed. */
export const unitDevices = (unit: string, more: Record<string, string> = {}): Lookup => ({ path: '/devices', query: { unit_id: unit, ...more }, value: 'id', name: 'name', more: 'address' })
export function circuitParts(standing: boolean, unit: { id: string, name: string }, breaker: string, buildings: readonly Building[]): readonly Part[] {
  return [
    { id: 'what', title: t('circuit.one'), fields: [
      { ...unitLookup(unit.name), locked: standing }, text('code', { required: true, label: t('circuit.code') }), text('name', { required: true }), inside(buildings, [])[0] ?? text('building_id'),
      text('panel', { label: t('circuit.panel') }), text('place'), select('phases', list.phaseCounts(), { required: true, label: t('circuit.phases') }), number('rating_a', { least: 0.1, most: 10_000, suffix: 'A', label: t('circuit.rating') }),
    ] },
    { id: 'load', title: t('circuit.feeds'), note: t('circuit.feeds.note'), fields: [
      select('load_class', list.loadClasses(), { required: true, label: t('circuit.load') }), select('panel_cuts', list.panelCuts(), { required: true, label: t('circuit.panelcuts') }), make('checks')('feeds', { choices: list.feeds() }),
    ] },
    { id: 'breaker', title: t('circuit.breaker'), note: t('circuit.breaker.note'), fields: [
      make('lookup')('breaker_id', { lookup: unitDevices(unit.id, { type: 'breaker' }), called: breaker, label: t('circuit.breaker') }),
    ] },
  ]
}
