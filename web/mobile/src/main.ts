import { restoreLocale } from '@shared/i18n'
import { createApp } from 'vue'
import App from './app/App.vue'
import { router } from './app/router'
import { registerWorker } from './live/installing'
import { restoreLight } from './live/light'
import '@console/ui/tokens.css'
import '@console/ui/base.css'
import './ui/phone.css'

restoreLocale()
restoreLight()
createApp(App).use(router).mount('#app')
registerWorker()
