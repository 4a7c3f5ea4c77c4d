/* What the account that sits here may do, as the platform told it. The platform decides again at each step. */
import type { Me } from './api/types'

export function may(me: Me | null, act: string): boolean {
  return me !== null && me.may.includes(act)
}

/** Auditors read the accounts that they do not manage. */
export function seesAccounts(me: Me | null): boolean {
  return may(me, 'accounts.manage') || me?.role === 'auditor'
}
