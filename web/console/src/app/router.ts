/* Addresses. A view is a link: filters live in the query. Only the desk is loaded at once; lists come when asked for. */
import { me } from '@shared/session'
import type { Me } from '@shared/api/types'
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteLocationRaw } from 'vue-router'
import LoginPage from '../desks/access/LoginPage.vue'
import DutyPage from '../desks/duty/DutyPage.vue'

/** Whoever comes without a question is asked what is still to be done, the most urgent first. */
function openOnes(to: RouteLocationNormalized): RouteLocationRaw | true {
  return Object.keys(to.query).length === 0 ? { path: to.path, query: { open: 'true', sort: 'due' } } : true
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: () => home(me.value) },
    { path: '/login', name: 'login', component: LoginPage, meta: { open: true } },
    { path: '/p/:slug', name: 'door', component: LoginPage, meta: { open: true } },
    { path: '/duty/:id?', name: 'duty', component: DutyPage },
    { path: '/map', name: 'map', component: () => import('../desks/map/MapPage.vue') },
    { path: '/incidents', name: 'incidents', component: () => import('../desks/archive/IncidentsPage.vue') },
    { path: '/orders', name: 'work', component: () => import('../desks/orders/TasksPage.vue'), beforeEnter: openOnes },
    { path: '/orders/attention', name: 'attention', component: () => import('../desks/orders/AttentionPage.vue'), beforeEnter: openOnes, meta: { under: 'work' } },
    { path: '/orders/:id', name: 'work.one', component: () => import('../desks/duty/WorkPage.vue'), meta: { under: 'work' } },
    { path: '/units', name: 'units', component: () => import('../desks/registry/UnitsPage.vue') },
    { path: '/units/new', name: 'unit.new', component: () => import('../desks/registry/UnitFormPage.vue'), meta: { under: 'units' } },
    { path: '/units/:id', name: 'unit', component: () => import('../desks/registry/UnitPage.vue'), meta: { under: 'units' } },
    { path: '/units/:id/edit', name: 'unit.edit', component: () => import('../desks/registry/UnitFormPage.vue'), meta: { under: 'units' } },
    { path: '/organisations/:id/on-call', name: 'organisation.oncall', component: () => import('../desks/registry/OnCallPage.vue'), meta: { under: 'organisations' } },
    { path: '/units/:id/on-call', name: 'unit.oncall', component: () => import('../desks/registry/OnCallPage.vue'), meta: { under: 'units' } },
    { path: '/units/:id/water', name: 'unit.water', component: () => import('../desks/water/WaterPage.vue'), meta: { under: 'units' } },
    { path: '/devices', name: 'devices', component: () => import('../desks/registry/DevicesPage.vue') },
    { path: '/devices/new', name: 'device.new', component: () => import('../desks/registry/DeviceFormPage.vue'), meta: { under: 'devices' } },
    { path: '/devices/discovered', name: 'discovered', component: () => import('../desks/registry/DiscoveredPage.vue') },
    { path: '/devices/:id', name: 'device', component: () => import('../desks/registry/DevicePage.vue'), meta: { under: 'devices' } },
    { path: '/devices/:id/edit', name: 'device.edit', component: () => import('../desks/registry/DeviceFormPage.vue'), meta: { under: 'devices' } },
    { path: '/hydrants', name: 'hydrants', component: () => import('../desks/registry/HydrantsPage.vue') },
    { path: '/hydrants/new', name: 'hydrant.new', component: () => import('../desks/registry/HydrantPage.vue'), meta: { under: 'hydrants' } },
    { path: '/hydrants/doubled', name: 'hydrants.doubled', component: () => import('../desks/registry/HydrantsDoubledPage.vue'), meta: { under: 'hydrants' } },
    { path: '/hydrants/rounds', name: 'hydrants.rounds', component: () => import('../desks/registry/RoundsPage.vue'), meta: { under: 'hydrants' } },
    { path: '/hydrants/rounds/:id', name: 'hydrants.round', component: () => import('../desks/registry/RoundPage.vue'), meta: { under: 'hydrants' } },
    { path: '/hydrants/:id', name: 'hydrant', component: () => import('../desks/registry/HydrantPage.vue'), meta: { under: 'hydrants' } },
    { path: '/circuits', name: 'circuits', component: () => import('../desks/electrical/CircuitsPage.vue') },
    { path: '/units/:id/circuits/monthly', name: 'unit.monthly', component: () => import('../desks/monthly/MonthlyPage.vue'), meta: { under: 'circuits' } },
    { path: '/circuits/new', name: 'circuit.new', component: () => import('../desks/registry/CircuitFormPage.vue'), meta: { under: 'circuits' } },
    { path: '/circuits/:id/edit', name: 'circuit.edit', component: () => import('../desks/registry/CircuitFormPage.vue'), meta: { under: 'circuits' } },
    { path: '/circuits/:id', name: 'circuit', component: () => import('../desks/electrical/CircuitPage.vue'), meta: { under: 'circuits' } },
    { path: '/organisations', name: 'organisations', component: () => import('../desks/registry/OrganisationsPage.vue') },
    { path: '/organisations/new', name: 'organisation.new', component: () => import('../desks/registry/OrganisationPage.vue'), meta: { under: 'organisations' } },
    { path: '/organisations/:id', name: 'organisation', component: () => import('../desks/registry/OrganisationPage.vue'), meta: { under: 'organisations' } },
    { path: '/grids', name: 'grids', component: () => import('../desks/registry/GridsPage.vue') },
    { path: '/grids/:id', name: 'grid', component: () => import('../desks/registry/GridPage.vue'), meta: { under: 'grids' } },
    { path: '/community', name: 'community', component: () => import('../desks/community/CommunityPage.vue') },
    { path: '/contacts', name: 'people', component: () => import('../desks/registry/PeoplePage.vue') },
    { path: '/key-parts', name: 'keyparts', component: () => import('../desks/registry/KeyPartsPage.vue') },
    { path: '/areas', name: 'areas', component: () => import('../desks/registry/AreasPage.vue') },
    { path: '/areas/:code', name: 'area', component: () => import('../desks/registry/AreasPage.vue'), meta: { under: 'areas' } },
    { path: '/imports', name: 'imports', component: () => import('../desks/registry/ImportsPage.vue') },
    { path: '/imports/foreign', name: 'imports.foreign', component: () => import('../desks/registry/ForeignPage.vue'), meta: { under: 'imports' } },
    { path: '/imports/:id', name: 'import', component: () => import('../desks/registry/ImportPage.vue'), meta: { under: 'imports' } },
    { path: '/quarantine', name: 'quarantine', component: () => import('../desks/registry/QuarantinePage.vue') },
    { path: '/buildings/:id/floors/:floor?', name: 'floors', component: () => import('../desks/plans/FloorsPage.vue') },
    { path: '/walk-tests', name: 'walks', component: () => import('../desks/walktest/WalksPage.vue') },
    { path: '/walk-tests/:id', name: 'walk', component: () => import('../desks/walktest/WalkPage.vue') },
    { path: '/silences', name: 'silences', component: () => import('../desks/silence/SilencesPage.vue') },
    { path: '/duty-checks', name: 'checks', component: () => import('../desks/dutycheck/DutyChecksPage.vue') },
    { path: '/shifts', name: 'shifts', component: () => import('../desks/shifts/ShiftsPage.vue') },
    { path: '/handover', name: 'handover', component: () => import('../desks/shifts/HandoverPage.vue') },
    { path: '/register', name: 'register', component: () => import('../desks/shifts/RegisterPage.vue') },
    { path: '/duty-log', name: 'dutylog', component: () => import('../desks/shifts/LogPage.vue') },
    { path: '/routines', name: 'routines', component: () => import('../desks/shifts/RoutinesPage.vue') },
    { path: '/stations', name: 'stations', component: () => import('../desks/stations/StationsPage.vue') },
    { path: '/monthly', name: 'monthly', component: () => import('../desks/monthly/MonthlyPage.vue') },
    { path: '/monthly/service', name: 'service', component: () => import('../desks/monthly/MonthlyPage.vue') },
    { path: '/statistics', name: 'statistics', component: () => import('../desks/archive/StatisticsPage.vue') },
    { path: '/device-health', name: 'health', component: () => import('../desks/health/HealthPage.vue') },
    { path: '/device-health/coverage', name: 'coverage', component: () => import('../desks/health/CoveragePage.vue') },
    { path: '/accounts', name: 'accounts', component: () => import('../desks/accounts/AccountsPage.vue') },
    { path: '/accounts/new', name: 'account.new', component: () => import('../desks/accounts/AccountPage.vue') },
    { path: '/accounts/:id', name: 'account', component: () => import('../desks/accounts/AccountPage.vue') },
    { path: '/me', name: 'me', component: () => import('../desks/accounts/OwnPage.vue') },
    { path: '/settings', name: 'settings', component: () => import('../desks/settings/SeatPage.vue') },
    { path: '/settings/security', name: 'settings.security', component: () => import('../desks/settings/SecurityPage.vue') },
    { path: '/settings/platform', name: 'settings.platform', component: () => import('../desks/settings/PlatformPage.vue') },
    { path: '/settings/notification', name: 'settings.notify', component: () => import('../desks/settings/NotifyPage.vue') },
    { path: '/settings/notification/escalation', name: 'settings.escalation', component: () => import('../desks/settings/EscalationPage.vue') },
    { path: '/settings/policy', name: 'settings.policy', component: () => import('../desks/policy/PoliciesPage.vue') },
    { path: '/settings/policy/:version(\\d+)', name: 'settings.policy.one', component: () => import('../desks/policy/PolicyPage.vue') },
    { path: '/settings/119', name: 'settings.dispatch', component: () => import('../desks/centres/CentresPage.vue') },
    { path: '/exchanges', name: 'exchanges', component: () => import('../desks/centres/ExchangesPage.vue') },
    { path: '/settings/about', name: 'settings.about', component: () => import('../desks/settings/AboutPage.vue') },
    { path: '/help', name: 'help', component: () => import('../desks/help/HelpPage.vue') },
    { path: '/hosted', name: 'hosted', component: () => import('../desks/accounts/HostedListPage.vue') },
    { path: '/hosted/new', name: 'hosted.new', component: () => import('../desks/accounts/OpenPage.vue'), meta: { under: 'hosted' } },
    { path: '/hosted/:id', name: 'hosted.one', component: () => import('../desks/accounts/HostedPage.vue'), meta: { under: 'hosted' } },
    { path: '/reports', name: 'reports', component: () => import('../desks/reports/ReportsPage.vue') },
    { path: '/reports/new', name: 'report.new', component: () => import('../desks/reports/ReportFormPage.vue'), meta: { under: 'reports' } },
    { path: '/reports/refusals', name: 'report.refusals', component: () => import('../desks/reports/RefusalsPage.vue'), meta: { under: 'reports' } },
    { path: '/reports/:id', name: 'report', component: () => import('../desks/reports/ReportPage.vue'), meta: { under: 'reports' } },
    { path: '/hosted/:id/rules', name: 'hosted.rules', component: () => import('../desks/accounts/OwnRulesPage.vue'), meta: { under: 'hosted' } },
    { path: '/platforms', name: 'platforms', component: () => import('../desks/platforms/PlatformsPage.vue') },
    { path: '/platforms/upward', name: 'upward', component: () => import('../desks/platforms/UpwardPage.vue'), meta: { under: 'platforms' } },
    { path: '/platforms/upward/:id', name: 'upward.one', component: () => import('../desks/platforms/UpwardOnePage.vue'), meta: { under: 'platforms' } },
    { path: '/platforms/:id', name: 'platform', component: () => import('../desks/platforms/PlatformPage.vue'), meta: { under: 'platforms' } },
    { path: '/partners', name: 'partners', component: () => import('../desks/partners/PartnersPage.vue') },
    { path: '/partners/:id/:tab?', name: 'partner', component: () => import('../desks/partners/PartnerPage.vue'), meta: { under: 'partners' } },
    { path: '/federation', name: 'federation', component: () => import('../desks/accounts/FederationPage.vue') },
    { path: '/federation/:id', name: 'federation.one', component: () => import('../desks/accounts/LowerPage.vue'), meta: { under: 'federation' } },
    { path: '/walls', name: 'walls', component: () => import('../desks/wall/WallsPage.vue') },
    { path: '/audit', name: 'audit', component: () => import('../desks/audit/AuditPage.vue') },
    { path: '/:rest(.*)*', name: 'notfound', component: () => import('./NotFoundPage.vue'), meta: { open: true } },
  ],
})

/** Where a role's work begins; who has work at the desk begins where the sub-platform says. */
const BEGINS: Readonly<Record<string, string>> = { security: '/accounts', auditor: '/audit', installer: '/devices', inspector: '/hydrants', maintainer: '/device-health', enforcer: '/units', community: '/community', property: '/community', station: '/community', grid: '/community' }
const PAGES: Readonly<Record<string, string>> = { duty: '/duty', map: '/map', incidents: '/incidents', units: '/units', devices: '/devices', hydrants: '/hydrants', health: '/device-health', community: '/community' }

export function home(account: Me | null): string {
  return BEGINS[account?.role ?? ''] ?? PAGES[account?.face?.start_page ?? 'duty'] ?? '/duty'
}

/** Only addresses of our own page are followed after signing in. */
export function safeReturn(wanted: unknown): string {
  const followed = typeof wanted === 'string' && /^\/(?![/\\])/.test(wanted) && !/^\/(login|p\/|$)/.test(wanted)
  return followed ? wanted : home(me.value)
}

router.beforeEach((to: RouteLocationNormalized) => {
  if (to.meta['open'] === true || me.value !== null) return true
  return { name: 'login', query: to.fullPath === '/duty' ? {} : { next: to.fullPath } }
})
