/* Where a field's value is found: rows of a list, by what is typed. `free`: what is typed may stand as it is. */
export interface Lookup { path: string, query?: Record<string, string>, value: string, name: string, more?: string, free?: boolean }
export const UNIT: Lookup = { path: '/units', value: 'id', name: 'name', more: 'code' }
