/* 向上级平台报送用语。与 upward.en.ts 的键一一对应。 */
export const upwardZh = {
  'audit.upward': '上报',
  'act.upward.made': '新增上级平台',
  'act.upward.changed': '变更上级平台',
  'act.upward.retired': '停用上级平台',
  'act.upward.paused': '暂停上报',
  'act.upward.resumed': '恢复上报',
  'act.upward.replayed': '补报',
  'act.upward.tested': '测试上报',
} as const
