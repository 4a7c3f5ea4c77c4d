/* The codes that the map filters by. */
export const INDUSTRIES = ['education', 'health', 'civil_affairs', 'housing', 'industry', 'culture_tourism', 'commerce', 'petroleum', 'power', 'post', 'bank', 'tobacco'] as const
export const TYPES = [
  'transmission_device', 'control_panel', 'smoke', 'heat', 'flame', 'gas', 'manual_call_point', 'hydrant_button', 'water_flow', 'pressure_switch', 'pump', 'valve',
  'gas_extinguishing', 'module', 'electrical_monitor', 'breaker', 'hydrant', 'water_pressure', 'water_level', 'fire_door', 'camera', 'other',
] as const
