import { restoreLocale } from '@shared/i18n'
import { createApp } from 'vue'
import App from './app/App.vue'
import { router } from './app/router'
import { restoreTheme } from './live/theme'
import './ui/tokens.css'
import './ui/base.css'

restoreLocale()
restoreTheme()
// The map's program is large: it comes while the platform is asked who sits here.
if (window.location.pathname === '/map') void import('./desks/map/MapPage.vue')
createApp(App).use(router).mount('#app')
