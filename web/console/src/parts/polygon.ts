/* A boundary as people paste it. Enters: GeoJSON: a polygon, or a feature or collection that holds one. Leaves: the polygon, or null;
 * and its outline for a small picture. Deliberately absent: whether it crosses itself (the platform says so). */
import type { GeoPolygon } from '@shared/api/types'

function inside(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return null
  const features = (value as { features?: unknown }).features
  if (Array.isArray(features)) return features.length === 1 ? inside(features[0]) : null
  const geometry = (value as { geometry?: unknown }).geometry
  return geometry === undefined ? value : inside(geometry)
}

export function polygonOf(text: string): GeoPolygon | null {
  try {
    const found = inside(JSON.parse(text)) as Partial<GeoPolygon> | null
    return found?.type === 'Polygon' && Array.isArray(found.coordinates) ? { type: 'Polygon', coordinates: found.coordinates } : null
  } catch {
    return null
  }
}

/** Points of a picture of that size, north up, as long as it is wide on the ground. */
export function outline(shape: GeoPolygon, size: number): string {
  const ring = shape.coordinates[0] ?? []
  const shrink = Math.cos(((ring[0]?.[1] ?? 0) * Math.PI) / 180)
  const flat = ring.map(([lon = 0, lat = 0]) => [lon * shrink, -lat] as const)
  const [left, top] = [Math.min(...flat.map(([x]) => x)), Math.min(...flat.map(([, y]) => y))]
  const across = Math.max(...flat.map(([x, y]) => Math.max(x - left, y - top))) || 1
  return flat.map(([x, y]) => `${(((x - left) / across) * size).toFixed(1)},${(((y - top) / across) * size).toFixed(1)}`).join(' ')
}
