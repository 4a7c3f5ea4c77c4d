/* The worker that opens the page without a network, and the phone's own offer to put the page on its home screen. */
import { shallowRef } from 'vue'

interface Offer extends Event { prompt(): Promise<unknown> }

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
    navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' }).catch(() => undefined)
  }
}

export async function takeOffer(): Promise<void> {
  await offer.value?.prompt()
  offer.value = null
}
