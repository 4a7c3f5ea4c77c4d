/* The words of the registry's codes, as choices of a filter. */
import { word } from '@shared/i18n'

const choices = (family: string, codes: readonly string[]): { value: string, name: string }[] => codes.map((value) => ({ value, name: word(family, value) }))

const PREMISES = ['automatic_facilities', 'crowded', 'other', 'high_rise_residential', 'low_rise_residential', 'shanty', 'road']
const INDUSTRIES = ['education', 'health', 'civil_affairs', 'housing', 'industry', 'culture_tourism', 'commerce', 'petroleum', 'power', 'post', 'bank', 'tobacco']
const TYPES = [
  'transmission_device', 'control_panel', 'smoke', 'heat', 'flame', 'gas', 'manual_call_point', 'hydrant_button', 'water_flow', 'pressure_switch', 'pump', 'valve',
  'gas_extinguishing', 'module', 'electrical_monitor', 'breaker', 'hydrant', 'water_pressure', 'water_level', 'fire_door', 'camera', 'other',
]
const LIVES = ['discovered', 'planned', 'delivered', 'installed', 'commissioned', 'in_service', 'suspended', 'replaced', 'retired']
const CONDITIONS = ['alarm', 'fault', 'offline', 'shielded', 'supervisory', 'active', 'test', 'normal', 'never_seen']

export const premises = (): { value: string, name: string }[] => choices('premises', PREMISES)
export const industries = (): { value: string, name: string }[] => choices('industry', INDUSTRIES)
export const types = (): { value: string, name: string }[] => choices('type', TYPES)
export const lives = (): { value: string, name: string }[] => choices('life', LIVES)
export const conditions = (): { value: string, name: string }[] => choices('now', CONDITIONS)
