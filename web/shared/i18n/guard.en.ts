/* Protection: numbers masked, exports marked, logs kept, passwords and sessions by policy. The keys of guard.zh.ts. */
export const guardEn = {
  'number.show': 'Show the number of {who}',
  'number.show.all': 'Show the numbers',
  'number.reason': 'What for',
  'number.ok': 'Show',
  'number.noted': 'That you saw the number is written to the audit trail.',
  'audit.number': 'Telephone number',
  'act.number.shown': 'Telephone number shown',
} as const
