/* 月报用语。与 monthly.en.ts 的键一一对应。 */
export const monthlyZh = {
  'nav.monthly': '月报',
  'monthly.month': '{year} 年 {month} 月',
  'monthly.choose': '月份',
  'monthly.paper': '打印 PDF',
  'monthly.sheet': '导出 CSV',
  'monthly.none': '本月没有',
  'audit.monthly': '月报', 'act.monthly.exported': '导出月报', 'act.monthly.printed': '打印月报',
  'monthly.see': '月报',
}
