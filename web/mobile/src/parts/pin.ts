/* Where a pin stands. Pure. */
import type * as GeoJSON from 'geojson'

export interface Spot { lon: number, lat: number, accuracy: number | null }

const EARTH = 6_371_008.8
const rad = (degrees: number): number => (degrees * Math.PI) / 180

export function metres(a: Pick<Spot, 'lon' | 'lat'>, b: Pick<Spot, 'lon' | 'lat'>): number {
  const h = Math.sin(rad(b.lat - a.lat) / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(rad(b.lon - a.lon) / 2) ** 2
  return 2 * EARTH * Math.asin(Math.sqrt(h))
}

/** By so many metres to the east and to the north. */
export function shifted(spot: Pick<Spot, 'lon' | 'lat'>, east: number, north: number): Pick<Spot, 'lon' | 'lat'> {
  const degree = (EARTH * Math.PI) / 180
  return { lon: spot.lon + east / (degree * Math.cos(rad(spot.lat))), lat: spot.lat + north / degree }
}

/** The circle within which the phone says it stands; nothing where it does not say. */
export function ring(here: Spot | null, sides = 48): GeoJSON.Feature<GeoJSON.Polygon> {
  const points = here?.accuracy == null ? [] : Array.from({ length: sides + 1 }, (_, n) => {
    const angle = (2 * Math.PI * n) / sides
    const north = ((here.accuracy ?? 0) / EARTH) * (180 / Math.PI)
    return [here.lon + (north * Math.sin(angle)) / Math.cos(rad(here.lat)), here.lat + north * Math.cos(angle)]
  })
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: points.length === 0 ? [] : [points] } }
}
