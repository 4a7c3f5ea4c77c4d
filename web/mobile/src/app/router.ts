/* Addresses of the phone's app, below /m/. The first page is by role; /d/CODE is open to everybody. */
import { me } from '@shared/session'
import { createRouter, createWebHistory } from 'vue-router'
import LoginPage from '../desks/access/LoginPage.vue'
import AlarmPage from '../desks/alarm/AlarmPage.vue'
import TodayPage from '../desks/today/TodayPage.vue'

export const router = createRouter({
  history: createWebHistory('/m/'),
  routes: [
    { path: '/', name: 'today', component: TodayPage },
    { path: '/login', name: 'login', component: LoginPage, meta: { open: true } },
    { path: '/alarms/:id', name: 'alarm', component: AlarmPage },
    { path: '/home', name: 'home', component: () => import('../desks/home/HomePage.vue') },
    { path: '/install', name: 'install', component: () => import('../desks/install/ProjectsPage.vue') },
    { path: '/install/scan', name: 'scan', component: () => import('../desks/install/ScanPage.vue') },
    { path: '/install/jobs/:key', name: 'job', component: () => import('../desks/install/JobPage.vue') },
    { path: '/waiting', name: 'waiting', component: () => import('../desks/waiting/WaitingPage.vue') },
    { path: '/me', name: 'me', component: () => import('../desks/access/OwnPage.vue') },
    { path: '/:rest(.*)*', name: 'notfound', component: () => import('./NotFoundPage.vue'), meta: { open: true } },
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
