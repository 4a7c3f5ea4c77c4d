/*
 * What the map shows, as an address and back. Enters: the query of the address. Leaves: the question to the server, where the
 * eye stands, places for names. Pure: no map, no browser.
 */
import type * as GeoJSON from 'geojson'
import { queryString } from '@shared/api/client'
import type { SilentPlace } from '@shared/api/types'
import { FINER, latitude, world, type Extent } from './camera'

export type Show = 'devices' | 'units' | 'hydrants'
export const SHOWS: readonly Show[] = ['devices', 'units', 'hydrants']
export const CONDITIONS = ['alarm', 'offline', 'fault', 'shielded', 'normal'] as const
export const HYDRANT_STATES = ['usable', 'low_pressure', 'no_water', 'damaged', 'opened', 'offline'] as const

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

/** Which incidents are drawn and listed. Area and industry are those that the things on the map are narrowed to. */
export interface SpotFilter { grade: string, kind: string, state: string, area: string, industry: string }
export const GRADES = ['I', 'II', 'III'] as const
export const KINDS = ['fire', 'gas', 'electrical', 'water', 'facility', 'shield', 'fault', 'link', 'duty', 'exit', 'hydrant', 'tamper'] as const
export const STATES = ['open', 'verifying', 'confirmed', 'dispatched', 'responding'] as const

export function spotFilterOf(query: Given): SpotFilter {
  const { filters } = questionOf(query)
  return { grade: text(query['grade']), kind: text(query['kind']), state: text(query['progress']), area: filters.area ?? '', industry: filters.industry ?? '' }
}

/** `wanted` stands whatever the filter says: its link leads here. */
export function fitting(spots: readonly Spot[], filter: SpotFilter, wanted: string | null): readonly Spot[] {
  const asked = (['grade', 'kind', 'state', 'area', 'industry'] as const).filter((name) => filter[name] !== '')
  return spots.filter((spot) => spot.id === wanted || asked.every((name) => spot[name] === filter[name]))
}

export interface Spot {
  id: string, version: number, grade: 'I' | 'II' | 'III' | 'IV', kind: string, state: string, queue: string
  unit: string, place: string, lon: number | null, lat: number | null, area: string, industry: string
}
/** I and II, each by itself, above; III, which from far stand together, below. */
export const grave = (spots: readonly Spot[]): readonly Spot[] => spots.filter((spot) => spot.grade !== 'III')
export const slight = (spots: readonly Spot[]): readonly Spot[] => spots.filter((spot) => spot.grade === 'III')
/** A unit in which something is kept silent. */
export type Quiet = SilentPlace
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

/** Zooms at which counties are named. */
const NAMED = Array.from({ length: 13 }, (_, zoom) => zoom)

/**
 * Where a county's name stands at each zoom: in the middle of its largest part, then up or down onto the nearest line between two rows
 * of cells. Counts stand in the middle of cells, so that none ever hides a name.
 */
export function namePlaces(outlines: Outlines): GeoJSON.FeatureCollection<GeoJSON.Point, { name: string, z: number }> {
  return {
    type: 'FeatureCollection',
    features: outlines.features.flatMap((feature) => {
      const parts = feature.geometry.coordinates.map((polygon) => middle(polygon[0] ?? []))
      const largest = parts.reduce((a, b) => (Math.abs(b.area) > Math.abs(a.area) ? b : a), { area: 0, at: [0, 0] as [number, number] })
      const [lon, lat] = largest.at
      return NAMED.map((z) => {
        const rows = 2 ** (z + FINER)
        const line = latitude(Math.round(world(lon, lat)[1] * rows) / rows)
        return { type: 'Feature' as const, properties: { name: feature.properties.name, z }, geometry: { type: 'Point' as const, coordinates: [lon, line] } }
      })
    }),
  }
}

/** `code`: of that county alone, null where it is not drawn. */
export function extentOf(outlines: Outlines, code = ''): Extent | null {
  const asked = outlines.features.filter((feature) => code === '' || feature.properties.code === code)
  if (asked.length === 0) return null
  const places = asked.flatMap((feature) => feature.geometry.coordinates.flat(2))
  const lons = places.map((place) => place[0] ?? 0)
  const lats = places.map((place) => place[1] ?? 0)
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]]
}

export function spotFeatures(spots: readonly Spot[]): GeoJSON.FeatureCollection<GeoJSON.Point> {
  return {
    type: 'FeatureCollection',
    features: spots.flatMap((spot) => (spot.lon === null || spot.lat === null ? [] : [{
      type: 'Feature' as const, properties: { id: spot.id, grade: spot.grade, rank: RANK[spot.grade], n: 1 }, geometry: { type: 'Point' as const, coordinates: [spot.lon, spot.lat] },
    }])),
  }
}

export function quietFeatures(quiet: readonly Quiet[]): GeoJSON.FeatureCollection<GeoJSON.Point> {
  return {
    type: 'FeatureCollection',
    features: quiet.map(({ unit_id, unit, count, lon, lat }) => ({
      type: 'Feature' as const, properties: { unit_id, unit, n: count }, geometry: { type: 'Point' as const, coordinates: [lon, lat] },
    })),
  }
}

const RANK = { I: 4, II: 3, III: 2, IV: 1 } as const

/** What a mark leads to: one thing's own page, else the devices of its unit, else nearer. */
export interface Mark { n: number, id?: string, name?: string, unit_id?: string, unit?: string, alarm?: number, offline?: number, fault?: number, shielded?: number }
export interface Way { name: string, params?: Record<string, string>, query?: Record<string, string> }

export function wayOf(show: Show, mark: Mark): Way | null {
  if (show === 'units' && mark.id !== undefined) return { name: 'unit', params: { id: mark.id } }
  if (show === 'hydrants' && mark.id !== undefined) return { name: 'hydrant', params: { id: mark.id } }
  if (show === 'devices' && mark.id !== undefined) return { name: 'device', params: { id: mark.id } }
  if (show === 'devices' && mark.unit_id !== undefined) return { name: 'devices', query: { unit_id: mark.unit_id } }
  return null
}

export function troublesOf(mark: Mark): { word: 'alarm' | 'offline' | 'fault' | 'shielded', count: number }[] {
  return (['alarm', 'offline', 'fault', 'shielded'] as const).flatMap((word) => ((mark[word] ?? 0) > 0 ? [{ word, count: mark[word] ?? 0 }] : []))
}
