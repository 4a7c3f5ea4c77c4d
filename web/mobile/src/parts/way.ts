/* How to get there, by the map that the phone has. */

/** A map app's link to the place: WGS-84, the app opens where it is installed, its page where not. */
export function routeTo(lon: number, lat: number, name: string): string {
  const to = encodeURIComponent(`${lon.toFixed(6)},${lat.toFixed(6)},${name.replaceAll(',', ' ')}`)
  return `https://uri.amap.com/navigation?to=${to}&mode=car&coordinate=wgs84&callnative=1`
}
