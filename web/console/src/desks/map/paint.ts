/*
 * How the map looks. Enters: the tokens of the theme. Leaves: a MapLibre style and the marks as pictures. Neutral all over: the
 * grade colours stand on incidents and on nothing else; what a device is in, its shape says.
 */
import type * as GeoJSON from 'geojson'
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'
import { MOST_TILE_ZOOM } from './camera'
import { grave, namePlaces, quietFeatures, slight, spotFeatures, type Ground, type Mark, type Quiet, type Spot } from './view'

export interface Tokens { background: string, surface: string, raised: string, line: string, edge: string, text: string, muted: string, grades: Record<'I' | 'II' | 'III' | 'IV', string>, onGrade: string }

export function tokens(): Tokens {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    background: token('background'), surface: token('surface'), raised: token('raised'), line: token('line'), edge: token('edge'), text: token('text'), muted: token('muted'),
    grades: { I: token('grade-I'), II: token('grade-II'), III: token('grade-III'), IV: token('grade-IV') }, onGrade: token('on-grade'),
  }
}

/** What one thing's mark says: the worst of it. */
const WORST = ['alarm', 'offline', 'fault', 'shielded'] as const
export function markOf(mark: Mark): string {
  return `mark-${WORST.find((word) => mark[word] !== undefined) ?? 'normal'}`
}
const worst: LayerSpecification['layout'] = {
  'icon-image': ['case', ...WORST.flatMap((word) => [['has', word], `mark-${word}`]), 'mark-normal'] as never,
}

/** A count's circle by the logarithm of the count; a border's width by the zoom. */
export const RADII = [[0, 5], [1, 10], [2, 14], [3, 18], [5, 26]] as const
export const BORDER = [[6, 0.8], [12, 2]] as const
/** How close marks stand that become one, and down to which zoom they do. */
export const CLUSTERED = { radius: 64, maxZoom: 13 } as const
const clustered = { cluster: true, clusterRadius: CLUSTERED.radius, clusterMaxZoom: CLUSTERED.maxZoom, clusterProperties: { n: ['+', ['get', 'n']] } }
const number: NonNullable<LayerSpecification['layout']> = {
  'text-field': ['case', ['>', ['get', 'n'], 1], ['to-string', ['get', 'n']], ''], 'text-size': 12, 'text-anchor': 'left', 'text-offset': [1.1, 0], 'text-allow-overlap': true,
}

function layers(paint: Tokens, tiles: boolean): LayerSpecification[] {
  const halo = { 'text-halo-color': paint.background, 'text-halo-width': 1.5 }
  return [
    { id: 'background', type: 'background', paint: { 'background-color': paint.background } },
    ...(tiles ? [{ id: 'ground', type: 'raster', source: 'ground', paint: { 'raster-saturation': -0.8, 'raster-opacity': 0.7 } } as const] : []),
    ...(tiles ? [] : [{ id: 'county', type: 'fill', source: 'boundaries', paint: { 'fill-color': paint.surface, 'fill-antialias': false } } as const]),
    { id: 'border', type: 'line', source: 'boundaries', paint: { 'line-color': paint.edge, 'line-width': ['interpolate', ['linear'], ['zoom'], ...BORDER.flat()] } },
    {
      id: 'cells', type: 'circle', source: 'things', 'source-layer': 'cells',
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['log10', ['get', 'n']], ...RADII.flat()],
        'circle-color': paint.raised,
        'circle-stroke-color': ['case', ['has', 'alarm'], paint.text, paint.edge], 'circle-stroke-width': ['case', ['has', 'alarm'], 3, 1],
      },
    },
    {
      id: 'counts', type: 'symbol', source: 'things', 'source-layer': 'cells', filter: ['>', ['get', 'n'], 1],
      layout: { 'text-field': ['to-string', ['get', 'n']], 'text-size': 12, 'text-allow-overlap': true }, paint: { 'text-color': paint.text },
    },
    // Names run between the rows of counts, never behind them (view.namePlaces).
    {
      id: 'name', type: 'symbol', source: 'names', maxzoom: 13, filter: ['==', ['get', 'z'], ['zoom']],
      layout: { 'text-field': ['get', 'name'], 'text-size': 13, 'text-allow-overlap': true, 'text-ignore-placement': true }, paint: { 'text-color': paint.text, ...halo },
    },
    { id: 'points', type: 'symbol', source: 'things', 'source-layer': 'points', layout: { ...worst, 'icon-allow-overlap': true, 'symbol-sort-key': ['case', ['has', 'alarm'], 2, 1] } },
    {
      id: 'titles', type: 'symbol', source: 'things', 'source-layer': 'points', minzoom: 16,
      layout: { 'text-field': ['case', ['>', ['get', 'n'], 1], ['concat', ['get', 'unit'], ' ×', ['to-string', ['get', 'n']]], ['get', 'name']], 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 0.9], 'text-optional': true },
      paint: { 'text-color': paint.text, ...halo },
    },
    // What is kept silent is marked at its unit; below every incident.
    { id: 'quiet', type: 'symbol', source: 'quiet', layout: { ...number, 'icon-image': 'mark-quiet', 'icon-allow-overlap': true }, paint: { 'text-color': paint.text, ...halo } },
    // Hundreds of III must not hide a I: from far they stand together with their count, and always below I and II.
    { id: 'attention', type: 'symbol', source: 'attention', layout: { ...number, 'icon-image': 'grade-III', 'icon-allow-overlap': true }, paint: { 'text-color': paint.text, ...halo } },
    {
      id: 'incidents', type: 'symbol', source: 'incidents',
      layout: { 'icon-image': ['concat', 'grade-', ['get', 'grade']], 'icon-allow-overlap': true, 'symbol-sort-key': ['get', 'rank'] },
    },
    { id: 'chosen', type: 'circle', source: 'chosen', paint: { 'circle-radius': 20, 'circle-color': 'transparent', 'circle-stroke-color': paint.text, 'circle-stroke-width': 2 } },
  ]
}

export const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] }

/** What stands in the sources from the first frame on. */
export interface Marked { spots: readonly Spot[], quiet: readonly Quiet[], chosen: GeoJSON.FeatureCollection }

export function style(paint: Tokens, ground: Ground, tiles: string, marked: Marked): StyleSpecification {
  const outside = ground.tiles !== ''
  return {
    version: 8,
    sources: {
      ...(outside ? { ground: { type: 'raster' as const, tiles: [ground.tiles], tileSize: 256, maxzoom: 18 } } : {}),
      boundaries: { type: 'geojson', data: ground.boundaries },
      names: { type: 'geojson', data: namePlaces(ground.boundaries) },
      things: { type: 'vector', tiles: [tiles], minzoom: 0, maxzoom: MOST_TILE_ZOOM },
      quiet: { type: 'geojson', data: quietFeatures(marked.quiet), ...clustered },
      attention: { type: 'geojson', data: spotFeatures(slight(marked.spots)), ...clustered },
      incidents: { type: 'geojson', data: spotFeatures(grave(marked.spots)) },
      chosen: { type: 'geojson', data: marked.chosen },
    },
    layers: layers(paint, outside),
  }
}

const SHAPES = {
  I: 'M12 1 23 12 12 23 1 12Z', II: 'M12 2 23 22 1 22Z', III: 'M12 1.500a10.500 10.500 0 1 1 0 21a10.500 10.500 0 1 1 0-21Z', IV: 'M2.500 2.500h19v19h-19Z',
} as const
/** Shape and fill: alarm a full square on its corner, fault an open triangle, offline a crossed ring, shielded a barred square. */
const MARKS = {
  alarm: { path: 'M12 3 21 12 12 21 3 12Z', full: true, stroke: '' },
  fault: { path: 'M12 4 20.500 19 3.500 19Z', full: false, stroke: 'M12 9v5M12 16v1' },
  offline: { path: 'M12 5a7 7 0 1 1 0 14a7 7 0 1 1 0-14Z', full: false, stroke: 'M7 7 17 17' },
  shielded: { path: 'M6 6h12v12H6Z', full: false, stroke: 'M6 12h12' },
  quiet: { path: 'M12 2.500a9.500 9.500 0 1 1 0 19a9.500 9.500 0 1 1 0-19Z', full: false, stroke: 'M8 15.500V11a4 4 0 0 1 8 0v4.500M6.500 15.500h11M11 18h2M6 6 18 18' },
  normal: { path: 'M12 8a4 4 0 1 1 0 8a4 4 0 1 1 0-8Z', full: true, stroke: '' },
} as const

function drawn(act: (pen: CanvasRenderingContext2D) => void): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 56
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (pen !== null) {
    pen.scale(2, 2)
    pen.translate(2, 2)
    pen.lineJoin = 'round'
    act(pen)
  }
  return canvas
}

let kept: { paint: Tokens, drawings: Map<string, HTMLCanvasElement> } | null = null

/** The marks by name, at double density; drawn once for each set of tokens. */
export function marks(paint: Tokens): Map<string, HTMLCanvasElement> {
  if (kept?.paint === paint) return kept.drawings
  const drawings = new Map<string, HTMLCanvasElement>()
  for (const grade of ['I', 'II', 'III', 'IV'] as const) {
    drawings.set(`grade-${grade}`, drawn((pen) => {
      const shape = new Path2D(SHAPES[grade])
      pen.strokeStyle = paint.background
      pen.lineWidth = 2.5
      pen.stroke(shape)
      pen.fillStyle = paint.grades[grade]
      pen.fill(shape)
      pen.fillStyle = paint.onGrade
      pen.font = '700 11px Georgia, serif'
      pen.textAlign = 'center'
      pen.fillText(grade, 12, grade === 'II' ? 18.500 : 16)
    }))
  }
  for (const [name, mark] of Object.entries(MARKS)) {
    drawings.set(`mark-${name}`, drawn((pen) => {
      const shape = new Path2D(mark.path)
      pen.strokeStyle = mark.full ? paint.background : paint.text
      pen.lineWidth = name === 'quiet' ? 1.5 : 2
      pen.fillStyle = mark.full ? (name === 'alarm' ? paint.text : paint.muted) : paint.background
      pen.fill(shape)
      pen.stroke(shape)
      pen.strokeStyle = paint.text
      pen.stroke(new Path2D(mark.stroke))
    }))
  }
  kept = { paint, drawings }
  return drawings
}

export function pictures(paint: Tokens): [string, ImageData][] {
  return [...marks(paint)].flatMap(([name, canvas]) => {
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height)
    return pixels === undefined ? [] : [[name, pixels] as [string, ImageData]]
  })
}
