/* Words of installations joined to one another. Key for key beside federation.zh.ts. */
import type { federationZh } from './federation.zh'

export const federationEn: Record<keyof typeof federationZh, string> = {
  'act.federation.invited': 'Invited a platform',
  'act.federation.withdrawn': 'Withdrew an invitation',
  'act.federation.joined': 'A platform joined',
  'act.federation.left': 'A platform left',
  'act.federation.revoked': 'Revoked a platform',
  'act.federation.joined_up': 'Joined a platform above',
  'act.federation.left_up': 'Left the platform above',
  'act.federation.permitted': 'Changed what the platform above may command',
  'act.federation.named': 'Renamed this platform',
  'flag.platform_silent': 'Platform silent', 'flag.closed_there': 'Closed there', 'flag.dispatched_there': '119 told there',
  'audit.federation': 'Joined platforms',
}
