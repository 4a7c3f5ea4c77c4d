/*
 * Where this phone is, told to those who see the same alarm. Enters: the phone's own position, while asked for. Leaves: it at
 * the platform, at most every ten seconds; nothing is kept here. A phone that does not say where it is goes on without.
 */
import { api } from '@shared/session'

const EVERY_MS = 10_000

export interface Spot { lon: number, lat: number, accuracy: number, at: number }

export function sharePosition(shared: (is: boolean) => void): () => void {
  if (!('geolocation' in navigator)) return () => undefined
  let sentAt = 0
  const watch = navigator.geolocation.watchPosition(({ coords }) => {
    if (Date.now() - sentAt < EVERY_MS) return
    sentAt = Date.now()
    void api.put('/me/position', { lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.min(100_000, coords.accuracy) }).then(() => { shared(true) }, () => undefined)
  }, () => { shared(false) }, { enableHighAccuracy: true, maximumAge: EVERY_MS })
  return () => { navigator.geolocation.clearWatch(watch) }
}

/** Once, as exactly as the phone can within the time. */
export function whereAmI(patienceMs = 15_000): Promise<Spot> {
  return new Promise((resolve, reject) => {
    if (!('geolocation' in navigator)) {
      reject(new Error('no position'))
      return
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => { resolve({ lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy, at: timestamp }) },
      (error) => { reject(new Error(error.message)) },
      { enableHighAccuracy: true, timeout: patienceMs, maximumAge: 5000 },
    )
  })
}
