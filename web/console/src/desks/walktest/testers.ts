/* Who may put a scope in test, as the platform decides again at each step. */
export const TESTERS = new Set(['admin', 'operator', 'duty', 'lead', 'supervisor', 'unit', 'property', 'maintainer', 'installer', 'inspector'])
