/* The county outlines and what is open, on a sheet of their own: flat enough for a prefecture. Pure. */
import type { WallOutline } from '@shared/api/types'

export interface Sheet { width: number, height: number, x(lon: number): number, y(lat: number): number }
export interface Shape { code: string, name: string, path: string, at: [number, number] }

const WIDTH = 1000
const MARGIN = 30

/** Longitudes shrink with the latitude, as on the ground. */
export function sheetOf(outlines: readonly WallOutline[], more: readonly { lon: number, lat: number }[]): Sheet {
  const points = outlines.length > 0 ? outlines.flatMap((each) => each.rings.flat()) : more.map((each): [number, number] => [each.lon, each.lat])
  const lons = points.map(([lon]) => lon)
  const lats = points.map(([, lat]) => lat)
  const extent = (values: number[]): [number, number] => values.length === 0 ? [0, 1] : values.reduce<[number, number]>(([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, -Infinity])
  const [west, east] = extent(lons)
  const [south, north] = extent(lats)
  const squeeze = Math.cos(((south + north) / 2) * Math.PI / 180)
  const scale = (WIDTH - 2 * MARGIN) / Math.max((east - west) * squeeze, north - south, 0.05)
  const wide = Math.max((east - west) * squeeze, 0.05) * scale + 2 * MARGIN
  const high = Math.max(north - south, 0.05) * scale + 2 * MARGIN
  return { width: wide, height: high, x: (lon) => MARGIN + (lon - west) * squeeze * scale, y: (lat) => high - MARGIN - (lat - south) * scale }
}

export function shapesOf(outlines: readonly WallOutline[], sheet: Sheet): Shape[] {
  return outlines.map(({ code, name, rings }) => {
    const drawn = rings.map((ring) => ring.map(([lon, lat]): [number, number] => [sheet.x(lon), sheet.y(lat)]))
    const longest = drawn.reduce<[number, number][]>((best, each) => (each.length > best.length ? each : best), [])
    const middle = (axis: 0 | 1): number => {
      const values = longest.map((point) => point[axis])
      return values.length === 0 ? 0 : (Math.min(...values) + Math.max(...values)) / 2
    }
    return { code, name, path: drawn.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`).join(''), at: [middle(0), middle(1)] }
  })
}
