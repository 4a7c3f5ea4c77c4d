/* Words of the month's report; keys as in monthly.zh.ts. */
import type { monthlyZh } from './monthly.zh'

export const monthlyEn: Record<keyof typeof monthlyZh, string> = {
  'nav.monthly': 'Month report',
  'monthly.month': '{year}-{month}',
  'monthly.choose': 'Month',
  'monthly.paper': 'Print PDF',
  'monthly.sheet': 'Export CSV',
  'monthly.none': 'None in this month',
  'audit.monthly': 'Month report', 'act.monthly.exported': 'Took out a month’s report', 'act.monthly.printed': 'Printed a month’s report',
  'monthly.see': 'Month report',
}
