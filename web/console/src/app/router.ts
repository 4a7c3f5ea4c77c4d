/* Addresses. A view is a link: filters live in the query. Only the desk is loaded at once; lists come when asked for. */
import { me } from '@shared/session'
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import LoginPage from '../desks/access/LoginPage.vue'
import DutyPage from '../desks/duty/DutyPage.vue'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/duty' },
    { path: '/login', name: 'login', component: LoginPage, meta: { open: true } },
    { path: '/duty/:id?', name: 'duty', component: DutyPage },
    { path: '/map', name: 'map', component: () => import('../desks/map/MapPage.vue') },
    { path: '/incidents', name: 'incidents', component: () => import('../desks/archive/IncidentsPage.vue') },
    { path: '/units', name: 'units', component: () => import('../desks/registry/UnitsPage.vue') },
    { path: '/units/:id', name: 'unit', component: () => import('../desks/registry/UnitPage.vue') },
    { path: '/devices', name: 'devices', component: () => import('../desks/registry/DevicesPage.vue') },
    { path: '/devices/:id', name: 'device', component: () => import('../desks/registry/DevicePage.vue') },
    { path: '/buildings/:id/floors/:floor?', name: 'floors', component: () => import('../desks/plans/FloorsPage.vue') },
    { path: '/walk-tests', name: 'walks', component: () => import('../desks/walktest/WalksPage.vue') },
    { path: '/walk-tests/:id', name: 'walk', component: () => import('../desks/walktest/WalkPage.vue') },
    { path: '/silences', name: 'silences', component: () => import('../desks/silence/SilencesPage.vue') },
    { path: '/accounts', name: 'accounts', component: () => import('../desks/accounts/AccountsPage.vue') },
    { path: '/accounts/new', name: 'account.new', component: () => import('../desks/accounts/AccountPage.vue') },
    { path: '/accounts/:id', name: 'account', component: () => import('../desks/accounts/AccountPage.vue') },
    { path: '/me', name: 'me', component: () => import('../desks/accounts/OwnPage.vue') },
    { path: '/settings', name: 'settings', component: () => import('../desks/settings/SeatPage.vue') },
    { path: '/settings/security', name: 'settings.security', component: () => import('../desks/settings/SecurityPage.vue') },
    { path: '/settings/platform', name: 'settings.platform', component: () => import('../desks/settings/PlatformPage.vue') },
    { path: '/settings/about', name: 'settings.about', component: () => import('../desks/settings/AboutPage.vue') },
    { path: '/help', name: 'help', component: () => import('../desks/help/HelpPage.vue') },
    { path: '/audit', name: 'audit', component: () => import('../desks/audit/AuditPage.vue') },
    { path: '/:rest(.*)*', name: 'notfound', component: () => import('./NotFoundPage.vue'), meta: { open: true } },
  ],
})

/** Only addresses of our own page are followed after signing in. */
export function safeReturn(wanted: unknown): string {
  return typeof wanted === 'string' && /^\/(?![/\\])/.test(wanted) && !wanted.startsWith('/login') ? wanted : '/duty'
}

router.beforeEach((to: RouteLocationNormalized) => {
  if (to.meta['open'] === true || me.value !== null) return true
  return { name: 'login', query: to.fullPath === '/duty' ? {} : { next: to.fullPath } }
})
