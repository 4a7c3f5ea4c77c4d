/* The big screen's own entry: one page, no session, no router. The secret stands behind the #, which no server is sent. */
import { restoreLocale, setLocale } from '@shared/i18n'
import { createApp } from 'vue'
import WallScreen from './desks/wall/WallScreen.vue'
import './ui/tokens.css'
import './ui/base.css'

restoreLocale()
const asked = new URLSearchParams(window.location.search).get('lang')
if (asked === 'zh' || asked === 'en') setLocale(asked)
createApp(WallScreen, { token: window.location.hash.slice(1) }).mount('#wall')
