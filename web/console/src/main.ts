import { restoreLocale } from '@shared/i18n'
import { createApp } from 'vue'
import App from './app/App.vue'
import { router } from './app/router'
import { askAhead } from './desks/map/ahead'
import { restoreTheme } from './live/theme'
import './ui/tokens.css'
import './ui/base.css'

restoreLocale()
restoreTheme()
// The map's program is large and what it shows is much: both come while the platform is asked who sits here.
if (window.location.pathname === '/map') {
  askAhead()
  void import('./desks/map/MapPage.vue')
}
createApp(App).use(router).mount('#app')
