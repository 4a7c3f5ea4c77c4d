/* The tabs of a partner's page, in their order: what goes out to it, what was sent. Another room's own tab is a line here;
 * it is given the partner and its path. */
import type { AsyncComponentLoader } from 'vue'

export interface PartnerTab { id: string, name: 'partners.tab.subscriptions' | 'partners.tab.deliveries' | 'nav.reports', panel: AsyncComponentLoader }

export const TABS: readonly PartnerTab[] = [
  { id: 'subscriptions', name: 'partners.tab.subscriptions', panel: () => import('./SubscriptionsTab.vue') },
  { id: 'deliveries', name: 'partners.tab.deliveries', panel: () => import('./DeliveriesTab.vue') },
  { id: 'reports', name: 'nav.reports', panel: () => import('./ReportsTab.vue') },
]
