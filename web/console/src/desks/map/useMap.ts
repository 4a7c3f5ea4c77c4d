/*
 * The map's machine. Enters: a box on the page, the ground, the question. Leaves: what was touched and where the eye stands.
 * Deliberately absent: words and pages; nothing is asked of any other host unless the operator set a ground.
 */
import type * as GeoJSON from 'geojson'
import { Map as Drawing, NavigationControl, ScaleControl, setWorkerUrl, type GeoJSONSource, type MapMouseEvent, type VectorTileSource } from 'maplibre-gl'
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import 'maplibre-gl/dist/maplibre-gl.css'
import { LEAST_ZOOM, MARGIN, NEAR, type Extent } from './camera'
import { EMPTY, pictures, style, tokens, type Marked } from './paint'
import { spare } from './sparing'
import { grave, quietFeatures, slight, spotFeatures, type Eye, type Ground, type Mark, type Quiet, type Spot } from './view'

setWorkerUrl(worker)

const TOUCH = 6
const TOUCHED = ['incidents', 'attention', 'quiet', 'points', 'cells']

export interface Ears {
  mark: (mark: Mark, lon: number, lat: number) => void
  incident: (id: string) => void
  /** A unit in which something is kept silent. */
  quiet: (unit: string) => void
  eye: (eye: Eye) => void
  moves: (eye: Eye) => void
  drawn: () => void
  failed: (failed: boolean) => void
}

export interface Machine {
  tiles: (address: string) => void
  incidents: (spots: readonly Spot[]) => void
  quiet: (quiet: readonly Quiet[]) => void
  theme: () => void
  fly: (lon: number, lat: number) => void
  choose: (lon: number, lat: number) => void
  see: (extent: Extent) => void
  end: () => void
}

function touched(map: Drawing, event: MapMouseEvent, ears: Ears): void {
  const { x, y } = event.point
  const [hit] = map.queryRenderedFeatures([[x - TOUCH, y - TOUCH], [x + TOUCH, y + TOUCH]], { layers: TOUCHED })
  if (hit?.geometry.type !== 'Point') return
  const [lon = 0, lat = 0] = hit.geometry.coordinates
  if (hit.properties['grade'] !== undefined) ears.incident(String(hit.properties['id']))
  else if (hit.properties['unit'] !== undefined && hit.layer.id === 'quiet') ears.quiet(String(hit.properties['unit_id']))
  else if (hit.layer.id === 'points') ears.mark(hit.properties as Mark, lon, lat)
  else map.easeTo({ center: [lon, lat], zoom: Math.min(map.getZoom() + 2.5, NEAR) })
}

function listen(map: Drawing, ears: Ears): void {
  map.on('click', (event) => { touched(map, event, ears) })
  let asked = false
  map.on('mousemove', (event) => {
    // A hand that drags points at nothing; one that hovers is answered once a frame.
    if (asked || map.isMoving() || event.originalEvent.buttons !== 0) return
    asked = true
    requestAnimationFrame(() => {
      asked = false
      if (!map.isMoving()) map.getCanvas().style.cursor = map.queryRenderedFeatures(event.point, { layers: TOUCHED }).length > 0 ? 'pointer' : ''
    })
  })
  const eye = (): Eye => {
    const { lng, lat } = map.getCenter()
    return { zoom: map.getZoom(), lat, lon: lng }
  }
  map.on('move', () => { ears.moves(eye()) })
  map.on('moveend', () => { ears.eye(eye()) })
  map.on('error', (event) => { if ('sourceId' in event && event.sourceId === 'things') ears.failed(true) })
  map.on('sourcedata', (event) => { if (event.sourceId === 'things' && event.isSourceLoaded) ears.failed(false) })
}

const at = (lon: number, lat: number): GeoJSON.FeatureCollection =>
  ({ type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [lon, lat] } }] })

export interface First extends Omit<Marked, 'chosen'> { tiles: string, eye: Eye, label: string, chosen: Spot | null }

/** Everything that is known stands in the first style: each later change costs frames. */
export function raise(box: HTMLElement, ground: Ground, first: First, ears: Ears): Machine {
  let { tiles } = first
  let marked: Marked = { ...first, chosen: first.chosen?.lon != null && first.chosen.lat != null ? at(first.chosen.lon, first.chosen.lat) : EMPTY }
  let stands = false
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  const map = new Drawing({
    container: box, style: style(tokens(), ground, tiles, marked), maxZoom: 20, minZoom: LEAST_ZOOM, dragRotate: false, pitchWithRotate: false, attributionControl: false,
    // Names are placed anew once in this time, not in every frame (half of a frame's work); marks and counts, which may overlap, do not fade.
    fadeDuration: 150,
    center: [first.eye.lon, first.eye.lat], zoom: first.eye.zoom,
  })
  map.touchZoomRotate.disableRotation()
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  map.addControl(new ScaleControl(), 'bottom-right')
  map.getCanvas().setAttribute('aria-label', first.label)
  const change = (changes: Partial<Marked>): void => {
    marked = { ...marked, ...changes }
    if (!stands) return
    const data = (source: string, content: GeoJSON.FeatureCollection): void => { void map.getSource<GeoJSONSource>(source)?.setData(content) }
    if (changes.chosen !== undefined) data('chosen', marked.chosen)
    if (changes.quiet !== undefined) data('quiet', quietFeatures(marked.quiet))
    if (changes.spots === undefined) return
    data('incidents', spotFeatures(grave(marked.spots)))
    data('attention', spotFeatures(slight(marked.spots)))
  }
  // What came before the style was there is put in once there is one to put it into.
  let inStyle = { tiles, marked }
  map.on('style.load', () => {
    for (const [name, picture] of pictures(tokens())) if (!map.hasImage(name)) map.addImage(name, picture, { pixelRatio: 2 })
    stands = true
    if (marked !== inStyle.marked) change(marked)
    if (tiles !== inStyle.tiles) map.getSource<VectorTileSource>('things')?.setTiles([tiles])
  })
  listen(map, ears)
  spare(map, ears.drawn)

  return {
    choose: (lon, lat) => { change({ chosen: at(lon, lat) }) },
    tiles: (address) => {
      tiles = address
      if (stands) map.getSource<VectorTileSource>('things')?.setTiles([address])
    },
    incidents: (spots) => { change({ spots }) },
    quiet: (quiet) => { change({ quiet }) },
    theme: () => {
      stands = false
      inStyle = { tiles, marked }
      map.setStyle(style(tokens(), ground, tiles, marked), { diff: false })
    },
    fly: (lon, lat) => {
      const there = { center: [lon, lat] as [number, number], zoom: Math.max(map.getZoom(), NEAR) }
      if (still) map.jumpTo(there)
      else map.flyTo({ ...there, duration: 900 })
      change({ chosen: at(lon, lat) })
    },
    see: (extent) => {
      change({ chosen: EMPTY })
      map.fitBounds(extent, { padding: MARGIN, animate: !still })
    },
    end: () => { map.remove() },
  }
}
