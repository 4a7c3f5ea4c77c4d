/*
 * Addresses of the phone's app, below /m/. The first page is by role. Every page comes with the first file: what a person has
 * opened once works in a cellar, and no press leads to a part that was never fetched, or that a newer platform has no more.
 */
import { me } from '@shared/session'
import { createRouter, createWebHistory } from 'vue-router'
import LoginPage from '../desks/access/LoginPage.vue'
import OwnPage from '../desks/access/OwnPage.vue'
import TellingPage from '../desks/access/TellingPage.vue'
import AlarmPage from '../desks/alarm/AlarmPage.vue'
import DevicePage from '../desks/device/DevicePage.vue'
import FamilyPage from '../desks/family/FamilyPage.vue'
import JoinPage from '../desks/family/JoinPage.vue'
import HazardPage from '../desks/hazard/HazardPage.vue'
import HomePage from '../desks/home/HomePage.vue'
import JobPage from '../desks/install/JobPage.vue'
import ProjectsPage from '../desks/install/ProjectsPage.vue'
import ScanPage from '../desks/install/ScanPage.vue'
import CheckPage from '../desks/checks/CheckPage.vue'
import OrderPage from '../desks/orders/OrderPage.vue'
import RoundPage from '../desks/rounds/RoundPage.vue'
import WaitingPage from '../desks/waiting/WaitingPage.vue'
import ReachPage from '../desks/reach/ReachPage.vue'
import FirstPage from './FirstPage.vue'
import NotFoundPage from './NotFoundPage.vue'

export const router = createRouter({
  history: createWebHistory('/m/'),
  routes: [
    { path: '/', name: 'today', component: FirstPage },
    { path: '/login', name: 'login', component: LoginPage, meta: { open: true } },
    { path: '/alarms/:id', name: 'alarm', component: AlarmPage },
    { path: '/home', name: 'home', component: HomePage },
    { path: '/install', name: 'install', component: ProjectsPage },
    { path: '/install/scan', name: 'scan', component: ScanPage },
    { path: '/install/jobs/:key', name: 'job', component: JobPage },
    { path: '/hazard', name: 'hazard', component: HazardPage },
    { path: '/checks/:id', name: 'check', component: CheckPage },
    { path: '/orders/:id', name: 'order', component: OrderPage },
    { path: '/rounds/:id', name: 'round', component: RoundPage },
    { path: '/waiting', name: 'waiting', component: WaitingPage },
    { path: '/d/:code', name: 'device', component: DevicePage, meta: { open: true } },
    { path: '/family', name: 'family', component: FamilyPage },
    { path: '/join/:code', name: 'join', component: JoinPage, meta: { open: true } },
    { path: '/reach/:token', name: 'reach', component: ReachPage, meta: { open: true } },
    { path: '/me', name: 'me', component: OwnPage },
    { path: '/me/telling', name: 'telling', component: TellingPage },
    { path: '/:rest(.*)*', name: 'notfound', component: NotFoundPage, meta: { open: true } },
  ],
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
})

/** Only addresses of this app are followed after signing in. */
export function safeReturn(wanted: unknown): string {
  return typeof wanted === 'string' && /^\/(?![/\\])/.test(wanted) && !wanted.startsWith('/login') ? wanted : '/'
}

router.beforeEach((to) => {
  if (to.meta['open'] === true || me.value !== null) return true
  return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})
