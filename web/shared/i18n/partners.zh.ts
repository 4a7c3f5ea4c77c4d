/* 合作平台用语。与 partners.en.ts 的键一一对应。 */
export const partnersZh = {
  'act.partner.made': '新建合作平台',
  'act.partner.changed': '变更合作平台',
  'act.partner.paused': '暂停合作平台',
  'act.partner.resumed': '恢复合作平台',
  'act.partner.retired': '停用合作平台',
  'act.partner.exported': '导出合作平台往来记录',
  'audit.partner': '合作平台',
  'act.subscription.made': '新建订阅',
  'act.subscription.changed': '变更订阅',
  'act.subscription.paused': '暂停订阅',
  'act.subscription.resumed': '恢复订阅',
  'act.subscription.retired': '删除订阅',
  'act.subscription.replayed': '重发订阅',
  'act.subscription.secret': '更换订阅密钥',
  'act.subscription.tested': '测试订阅',
  'audit.subscription': '订阅',
} as const
