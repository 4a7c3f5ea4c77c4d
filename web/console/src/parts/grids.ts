/* Who looks after grids, and after the telephones of an organisation's people. The platform decides again. */
import { me } from '@shared/session'

const GRIDS: ReadonlySet<string> = new Set(['admin', 'operator', 'supervisor', 'community'])
const MEMBERS: ReadonlySet<string> = new Set([...GRIDS, 'property', 'station'])

export const looksAfterGrids = (): boolean => GRIDS.has(me.value?.role ?? '')
export const looksAfterMembers = (): boolean => MEMBERS.has(me.value?.role ?? '')
