/* The worker that opens the page without a network, and the phone's own offer to put the page on its home screen. */
import { ref, shallowRef } from 'vue'

interface Offer extends Event { prompt(): Promise<unknown> }

/** The page and all its parts are kept on this phone, and its worker answers for it: it opens without a network. */
export const opensOffline = ref(false)
/** The browser's offer to install, kept until somebody takes it. */
export const offer = shallowRef<Offer | null>(null)

export function registerWorker(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offer.value = event as Offer
  })
  window.addEventListener('appinstalled', () => { offer.value = null })
  if ('serviceWorker' in navigator && import.meta.env.PROD) {
    // Where a worker is not allowed (plain HTTP away from this machine) the page works on, with a network.
    navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' }).then(controlled).catch(() => undefined)
  }
}

/** The worker is active only after it has kept every file, and then takes over the pages that are open. */
async function controlled(): Promise<void> {
  await navigator.serviceWorker.ready
  if (navigator.serviceWorker.controller === null) await new Promise((resolve) => { navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }) })
  opensOffline.value = true
}

export async function takeOffer(): Promise<void> {
  await offer.value?.prompt()
  offer.value = null
}
