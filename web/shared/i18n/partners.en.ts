/* Words of partners. The same keys as partners.zh.ts. */
export const partnersEn = {
  'act.partner.made': 'made a partner',
  'act.partner.changed': 'changed a partner',
  'act.partner.paused': 'paused a partner',
  'act.partner.resumed': 'resumed a partner',
  'act.partner.retired': 'retired a partner',
  'act.partner.exported': 'took out what was exchanged with a partner',
  'audit.partner': 'Partners',
  'act.subscription.made': 'made a subscription',
  'act.subscription.changed': 'changed a subscription',
  'act.subscription.paused': 'paused a subscription',
  'act.subscription.resumed': 'resumed a subscription',
  'act.subscription.retired': 'removed a subscription',
  'act.subscription.replayed': 'sent a subscription again',
  'act.subscription.secret': 'made a subscription’s secret anew',
  'act.subscription.tested': 'tested a subscription',
  'audit.subscription': 'Subscriptions',
} as const
