/*
 * What the map shows, as an address and back. Enters: the query of the address. Leaves: the question to the server, where the
 * eye stands, places for names. Pure: no map, no browser.
 */
import type * as GeoJSON from 'geojson'
import { queryString } from '@shared/api/client'

export type Show = 'devices' | 'units' | 'hydrants'
export const SHOWS: readonly Show[] = ['devices', 'units', 'hydrants']
export const CONDITIONS = ['alarm', 'offline', 'fault', 'shielded', 'normal'] as const
export const HYDRANT_STATES = ['usable', 'low_pressure', 'no_water', 'damaged'] as const

/** Which filters speak of which sort of thing. */
const FILTERS: Record<Show, readonly FilterName[]> = {
  devices: ['condition', 'type', 'industry', 'area'],
  units: ['industry', 'area'],
  hydrants: ['state', 'area'],
}
export type FilterName = 'condition' | 'type' | 'state' | 'industry' | 'area'
export type Given = Record<string, unknown>
export interface Question { show: Show, filters: Partial<Record<FilterName, string>> }
export interface Eye { zoom: number, lat: number, lon: number }

/** Which incidents are drawn and listed: by grade, kind and state. */
export interface SpotFilter { grade: string, kind: string, state: string }
export const GRADES = ['I', 'II', 'III'] as const
export const KINDS = ['fire', 'gas', 'electrical', 'water', 'facility', 'shield', 'fault', 'link', 'duty', 'exit', 'hydrant', 'tamper'] as const
export const STATES = ['open', 'verifying', 'confirmed', 'dispatched', 'responding'] as const

export function spotFilterOf(query: Given): SpotFilter {
  return { grade: text(query['grade']), kind: text(query['kind']), state: text(query['progress']) }
}

/** `wanted` stands whatever the filter says: its link leads here. */
export function fitting(spots: readonly Spot[], filter: SpotFilter, wanted: string | null): readonly Spot[] {
  const fits = (asked: string, is: string): boolean => asked === '' || asked === is
  return spots.filter((spot) => spot.id === wanted || (fits(filter.grade, spot.grade) && fits(filter.kind, spot.kind) && fits(filter.state, spot.state)))
}

export interface Spot {
  id: string, version: number, grade: 'I' | 'II' | 'III' | 'IV', kind: string, state: string, queue: string
  unit: string, place: string, lon: number | null, lat: number | null
}
export type Outlines = GeoJSON.FeatureCollection<GeoJSON.MultiPolygon, { code: string, name: string }>
export interface Ground { tiles: string, approval: string, boundaries: Outlines }

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

export function filtersOf(show: Show): readonly FilterName[] {
  return FILTERS[show]
}

export function questionOf(query: Given): Question {
  const show = SHOWS.find((each) => each === query['show']) ?? 'devices'
  const filters: Question['filters'] = {}
  for (const name of FILTERS[show]) if (text(query[name]) !== '') filters[name] = text(query[name])
  return { show, filters }
}

/** The tiles' address. `breath` changes when the picture is to be read anew. */
export function tilesOf(question: Question, origin: string, breath: number): string {
  return `${origin}/api/v1/map/tiles/{z}/{x}/{y}${queryString({ show: question.show, ...question.filters, breath })}`
}

export function eyeOf(query: Given): Eye | null {
  const parts = text(query['at']).split('/').map(Number)
  const [zoom, lat, lon] = parts
  if (parts.length !== 3 || zoom === undefined || lat === undefined || lon === undefined) return null
  const good = zoom >= 0 && zoom <= 20 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180
  return good ? { zoom, lat, lon } : null
}

export function eyeText(eye: Eye): string {
  return `${eye.zoom.toFixed(1)}/${eye.lat.toFixed(4)}/${eye.lon.toFixed(4)}`
}

type Ring = GeoJSON.Position[]

const spot = (place: GeoJSON.Position | undefined): [number, number] => [place?.[0] ?? 0, place?.[1] ?? 0]

/** Twice the signed area, and the middle of the area. */
function middle(ring: Ring): { area: number, at: [number, number] } {
  let area = 0
  let x = 0
  let y = 0
  const [ox, oy] = spot(ring[0])
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = spot(ring[i - 1])
    const [bx, by] = spot(ring[i])
    const cross = (ax - ox) * (by - oy) - (bx - ox) * (ay - oy)
    area += cross
    x += cross * (ax + bx - 2 * ox)
    y += cross * (ay + by - 2 * oy)
  }
  return { area, at: area === 0 ? [ox, oy] : [ox + x / (3 * area), oy + y / (3 * area)] }
}

/** One place a county for its name: the middle of its largest part. */
export function namePlaces(outlines: Outlines): GeoJSON.FeatureCollection<GeoJSON.Point, { name: string }> {
  return {
    type: 'FeatureCollection',
    features: outlines.features.map((feature) => {
      const parts = feature.geometry.coordinates.map((polygon) => middle(polygon[0] ?? []))
      const largest = parts.reduce((a, b) => (Math.abs(b.area) > Math.abs(a.area) ? b : a), { area: 0, at: [0, 0] as [number, number] })
      return { type: 'Feature', properties: { name: feature.properties.name }, geometry: { type: 'Point', coordinates: largest.at } }
    }),
  }
}

export function extentOf(outlines: Outlines): [[number, number], [number, number]] {
  const places = outlines.features.flatMap((feature) => feature.geometry.coordinates.flat(2))
  const lons = places.map((place) => place[0] ?? 0)
  const lats = places.map((place) => place[1] ?? 0)
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]]
}

export function spotFeatures(spots: readonly Spot[]): GeoJSON.FeatureCollection<GeoJSON.Point> {
  return {
    type: 'FeatureCollection',
    features: spots.flatMap((spot) => (spot.lon === null || spot.lat === null ? [] : [{
      type: 'Feature' as const, properties: { id: spot.id, grade: spot.grade, rank: RANK[spot.grade] }, geometry: { type: 'Point' as const, coordinates: [spot.lon, spot.lat] },
    }])),
  }
}

const RANK = { I: 4, II: 3, III: 2, IV: 1 } as const

/** What a mark leads to: one thing's own page, else the devices of its unit, else nearer. */
export interface Mark { n: number, id?: string, name?: string, unit_id?: string, unit?: string, alarm?: number, offline?: number, fault?: number, shielded?: number }
export interface Way { name: string, params?: Record<string, string>, query?: Record<string, string> }

export function wayOf(show: Show, mark: Mark): Way | null {
  if (show === 'units' && mark.id !== undefined) return { name: 'unit', params: { id: mark.id } }
  if (show === 'devices' && mark.id !== undefined) return { name: 'device', params: { id: mark.id } }
  if (show === 'devices' && mark.unit_id !== undefined) return { name: 'devices', query: { unit_id: mark.unit_id } }
  return null
}

export function troublesOf(mark: Mark): { word: 'alarm' | 'offline' | 'fault' | 'shielded', count: number }[] {
  return (['alarm', 'offline', 'fault', 'shielded'] as const).flatMap((word) => ((mark[word] ?? 0) > 0 ? [{ word, count: mark[word] ?? 0 }] : []))
}
