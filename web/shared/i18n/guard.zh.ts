/* 信息保护：号码脱敏、导出水印、日志留存、密码与会话策略。与 guard.en.ts 的键一一对应。 */
export const guardZh = {
  'number.show': '显示 {who} 的号码',
  'number.show.all': '显示号码',
  'number.reason': '用途',
  'number.ok': '显示',
  'number.noted': '查看号码会记入审计。',
  'audit.number': '电话号码',
  'act.number.shown': '查看电话号码',
} as const
