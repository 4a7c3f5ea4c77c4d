/* Words of reporting upward. Key for key with upward.zh.ts. */
import type { upwardZh } from './upward.zh'

export const upwardEn: Record<keyof typeof upwardZh, string> = {
  'audit.upward': 'Reporting upward',
  'act.upward.made': 'added a platform above',
  'act.upward.changed': 'changed a platform above',
  'act.upward.retired': 'retired a platform above',
  'act.upward.paused': 'paused reporting upward',
  'act.upward.resumed': 'resumed reporting upward',
  'act.upward.replayed': 'had it reported again',
  'act.upward.tested': 'tried a platform above',
}
