/* 平台互联用语。与 federation.en.ts 的键一一对应。 */
export const federationZh = {
  'act.federation.invited': '邀请平台接入',
  'act.federation.withdrawn': '撤回平台邀请',
  'act.federation.joined': '下级平台接入',
  'act.federation.left': '下级平台退出',
  'act.federation.revoked': '撤销下级平台',
  'act.federation.joined_up': '接入上级平台',
  'act.federation.left_up': '退出上级平台',
  'act.federation.permitted': '变更允许上级下发的指令',
  'act.federation.named': '更改本平台名称',
  'flag.platform_silent': '失联平台', 'flag.closed_there': '原平台已结案', 'flag.dispatched_there': '原平台已报119',
  'audit.federation': '平台互联',
} as const
