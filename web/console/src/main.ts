import { restoreLocale } from '@shared/i18n'
import { createApp } from 'vue'
import App from './app/App.vue'
import { router } from './app/router'
import { restoreTheme } from './live/theme'
import './ui/tokens.css'
import './ui/base.css'

restoreLocale()
restoreTheme()
createApp(App).use(router).mount('#app')
