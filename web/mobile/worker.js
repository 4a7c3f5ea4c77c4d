/*
 * The service worker: the phone's page opens without a network. Enters: requests of pages below /m/. Leaves: files of this
 * build from the cache, the page itself for every address of the app. Push messages become notifications that open the
 * alarm. Deliberately absent: the platform's answers. Nothing personal is kept here, and no answer is ever an old one.
 */
const NAME = 'zhigan-m-' + '%VERSION%'
const FILES = ['%FILES%']
const PAGE = '/m/'

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll([PAGE, ...FILES])).then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith('zhigan-m-') && name !== NAME).map((name) => caches.delete(name))))
  event.waitUntil(old.then(() => self.clients.claim()))
})

/** The newest page while the network answers within three seconds, else the kept one. */
async function page(request) {
  const kept = await caches.match(PAGE)
  try {
    const answer = await fetch(request, kept === undefined ? {} : { signal: AbortSignal.timeout(3000) })
    return answer.ok || kept === undefined ? answer : kept
  } catch (error) {
    if (kept === undefined) throw error
    return kept
  }
}

self.addEventListener('fetch', (event) => {
  const address = new URL(event.request.url)
  if (event.request.method !== 'GET' || address.origin !== self.location.origin || !address.pathname.startsWith(PAGE)) return
  if (event.request.mode === 'navigate') event.respondWith(page(event.request))
  else event.respondWith(caches.match(event.request, { ignoreSearch: true }).then((kept) => kept ?? fetch(event.request)))
})

self.addEventListener('push', (event) => {
  let said = {}
  try { said = event.data.json() } catch { /* a bare push still shows that something is up */ }
  event.waitUntil(self.registration.showNotification(said.title ?? '智赣119', {
    body: said.body ?? '', tag: said.incident ?? 'zhigan', renotify: true, requireInteraction: true,
    icon: '/m/icon-192.png', data: { incident: said.incident ?? null },
  }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const incident = event.notification.data?.incident
  const address = typeof incident === 'string' && /^[0-9a-f-]{36}$/.test(incident) ? `/m/alarms/${incident}` : PAGE
  event.waitUntil(self.clients.matchAll({ type: 'window' }).then((open) => {
    const here = open.find((client) => new URL(client.url).pathname.startsWith(PAGE))
    return here === undefined ? self.clients.openWindow(address) : here.navigate(address).then((client) => client?.focus())
  }))
})
