/* The words of the registry's codes, as choices of filters and forms. */
import type { Area } from '@shared/api/types'
import { word } from '@shared/i18n'
import type { Choice } from '../../parts/form'

const choices = (family: string, codes: readonly string[]): Choice[] => codes.map((value) => ({ value, name: word(family, value) }))

const PREMISES = ['automatic_facilities', 'crowded', 'other', 'high_rise_residential', 'low_rise_residential', 'shanty', 'road']
const INDUSTRIES = ['education', 'health', 'civil_affairs', 'housing', 'industry', 'culture_tourism', 'commerce', 'petroleum', 'power', 'post', 'bank', 'tobacco']
const TYPES = [
  'transmission_device', 'control_panel', 'smoke', 'heat', 'flame', 'gas', 'manual_call_point', 'hydrant_button', 'water_flow', 'pressure_switch', 'pump', 'valve',
  'gas_extinguishing', 'module', 'electrical_monitor', 'breaker', 'hydrant', 'water_pressure', 'water_level', 'fire_door', 'camera', 'other',
]
const LIVES = ['discovered', 'planned', 'delivered', 'installed', 'commissioned', 'in_service', 'suspended', 'replaced', 'retired']
const CONDITIONS = ['alarm', 'fault', 'offline', 'shielded', 'supervisory', 'active', 'test', 'normal', 'never_seen']
const OWNERSHIPS = ['government', 'public_institution', 'state_owned', 'collective', 'private', 'foreign', 'household', 'other']
const TAGS = [
  'high_rise', 'high_rise_public', 'high_rise_residential', 'key_unit', 'dormitory', 'boarding_school', 'elderly_care', 'hospital', 'heritage', 'market', 'group_rental',
  'commercial_group_rental', 'shanty', 'three_in_one', 'small_shop', 'small_restaurant', 'small_hotel', 'small_internet_cafe', 'small_beauty_bath', 'small_dance_hall',
  'small_clinic', 'small_kindergarten', 'small_workshop', 'high_risk', 'crowded', 'government', 'public_institution', 'state_owned',
]
const CONTACTS = ['control_room', 'fire_safety_manager', 'fire_safety_responsible', 'owner', 'property', 'station', 'grid_worker', 'community', 'maintainer', 'electrician', 'household', 'landlord', 'sub_landlord', 'tenant', 'child_of_elderly', 'neighbour']
const HAZARDS = ['easy_ignition', 'crowded', 'valuable', 'control', 'heritage', 'other']
const ORGANISATIONS = ['station', 'firm', 'grid', 'property', 'operator', 'brigade', 'department', 'insurer', 'other']
const LOADS = ['general', 'third', 'fire_pump', 'smoke_exhaust', 'emergency_lighting', 'broadcast', 'control_room', 'lift', 'door_release', 'medical', 'security', 'telecom']
const ORDINARY = ['lighting', 'sockets', 'air_conditioning', 'kitchen', 'charging', 'machinery', 'shop', 'other']
const CLASSES = ['nb_battery', 'nb_gas', 'hub', 'hub_node', 'transmission_device', 'electrical_4g', 'electrical_nb', 'breaker', 'hydrant_nb', 'water_nb', 'water_wired', 'camera', 'sub_platform', 'component']
const GATEWAYS = ['gb26875', 'coap', 'lwm2m', 'mqtt', 'ctwing', 'onenet', 'huawei', 'modbus', 'gb28181', 'platform']
const WATERS = ['usable', 'low_pressure', 'no_water', 'damaged', 'blocked', 'removed']
const WATER_KINDS = ['above', 'below', 'wall']

export const premises = (): Choice[] => choices('premises', PREMISES)
export const industries = (): Choice[] => choices('industry', INDUSTRIES)
export const types = (): Choice[] => choices('type', TYPES)
export const lives = (): Choice[] => choices('life', LIVES)
export const conditions = (): Choice[] => choices('now', CONDITIONS)
export const ownerships = (): Choice[] => choices('ownership', OWNERSHIPS)
export const tags = (): Choice[] => choices('tag', TAGS)
export const contactRoles = (): Choice[] => choices('contact', CONTACTS)
/** Can a contact be reached? */
export const reaches = (): Choice[] => choices('reach', ['reachable', 'due', 'unproven', 'dead'])
export const hazards = (): Choice[] => choices('hazard', HAZARDS)
export const organisationKinds = (): Choice[] => choices('orgkind', ORGANISATIONS)
export const loads = (): Choice[] => choices('load', LOADS)
/** What a circuit feeds: the ordinary first, then what serves people in a fire. */
export const feeds = (): Choice[] => choices('load', [...ORDINARY, ...LOADS.filter((each) => each !== 'general' && each !== 'third')])
export const loadClasses = (): Choice[] => choices('loadclass', ['first', 'second', 'third'])
export const phaseCounts = (): Choice[] => choices('phases', ['1', '3'])
export const panelCuts = (): Choice[] => choices('circuit.panelcuts', ['true', 'false'])
export const deviceClasses = (): Choice[] => choices('deviceclass', CLASSES)
export const gateways = (): Choice[] => choices('gateway', GATEWAYS)
export const waters = (): Choice[] => choices('water', WATERS)
/** What stands: what was entered, and what only a gauge tells. */
export const watersNow = (): Choice[] => choices('water', [...WATERS, 'opened', 'offline'])
export const roundStates = (): Choice[] => choices('round.state', ['open', 'overdue', 'done', 'ended'])
export const waterKinds = (): Choice[] => choices('waterkind', WATER_KINDS)
export const classes = (): Choice[] => choices('class', ['S1', 'S2', 'S3', 'S4'])
export const areaChoices = (areas: readonly Area[]): Choice[] => areas.map((area) => ({ value: area.code, name: area.name }))
