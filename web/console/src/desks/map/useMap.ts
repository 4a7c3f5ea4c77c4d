/*
 * The map's machine. Enters: a box on the page, the ground, the question. Leaves: what was touched and where the eye stands.
 * Deliberately absent: words and pages; nothing is asked of any other host unless the operator set a ground.
 */
import type * as GeoJSON from 'geojson'
import { Map as Drawing, NavigationControl, ScaleControl, setWorkerUrl, type GeoJSONSource, type MapMouseEvent, type VectorTileSource } from 'maplibre-gl'
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import 'maplibre-gl/dist/maplibre-gl.css'
import { EMPTY, pictures, style, tokens } from './paint'
import { extentOf, spotFeatures, type Eye, type Ground, type Mark, type Spot } from './view'

setWorkerUrl(worker)

const NEAR = 16
const TOUCH = 6
const TOUCHED = ['incidents', 'attention', 'points', 'cells']

export interface Ears {
  mark: (mark: Mark, lon: number, lat: number) => void
  incident: (id: string) => void
  eye: (eye: Eye) => void
  drawn: () => void
  failed: (failed: boolean) => void
}

export interface Machine {
  tiles: (address: string) => void
  incidents: (spots: readonly Spot[]) => void
  theme: () => void
  fly: (lon: number, lat: number) => void
  choose: (lon: number, lat: number) => void
  whole: () => void
  end: () => void
}

function touched(map: Drawing, event: MapMouseEvent, ears: Ears): void {
  const { x, y } = event.point
  const [hit] = map.queryRenderedFeatures([[x - TOUCH, y - TOUCH], [x + TOUCH, y + TOUCH]], { layers: TOUCHED })
  if (hit?.geometry.type !== 'Point') return
  const [lon = 0, lat = 0] = hit.geometry.coordinates
  if (hit.properties['grade'] !== undefined) ears.incident(String(hit.properties['id']))
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
  map.on('moveend', () => {
    const { lng, lat } = map.getCenter()
    ears.eye({ zoom: map.getZoom(), lat, lon: lng })
  })
  map.on('idle', ears.drawn)
  map.on('error', (event) => { if ('sourceId' in event && event.sourceId === 'things') ears.failed(true) })
  map.on('sourcedata', (event) => { if (event.sourceId === 'things' && event.isSourceLoaded) ears.failed(false) })
}

export function raise(box: HTMLElement, ground: Ground, first: { tiles: string, eye: Eye | null, label: string }, ears: Ears): Machine {
  let tiles = first.tiles
  let spots: readonly Spot[] = []
  let chosen: GeoJSON.FeatureCollection = EMPTY
  const bounds = extentOf(ground.boundaries)
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  const map = new Drawing({
    container: box, style: style(tokens(), ground, tiles, spots), maxZoom: 20, minZoom: 5, dragRotate: false, pitchWithRotate: false, attributionControl: false, fadeDuration: 0,
    ...(first.eye === null ? { bounds, fitBoundsOptions: { padding: 24 } } : { center: [first.eye.lon, first.eye.lat] as [number, number], zoom: first.eye.zoom }),
  })
  map.touchZoomRotate.disableRotation()
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  map.addControl(new ScaleControl(), 'bottom-right')
  map.getCanvas().setAttribute('aria-label', first.label)
  const data = (source: string, content: GeoJSON.FeatureCollection): void => { void map.getSource<GeoJSONSource>(source)?.setData(content) }
  const point = (content: GeoJSON.FeatureCollection): void => {
    chosen = content
    data('chosen', content)
  }
  const mark = (): void => {
    data('incidents', spotFeatures(spots.filter((spot) => spot.grade !== 'III')))
    data('attention', spotFeatures(spots.filter((spot) => spot.grade === 'III')))
  }
  // What came before the style was there, or was lost with the style before, is put in once there is one to put it into.
  map.on('style.load', () => {
    for (const [name, picture] of pictures(tokens())) if (!map.hasImage(name)) map.addImage(name, picture, { pixelRatio: 2 })
    if (spots.length > 0) mark()
    if (chosen !== EMPTY) data('chosen', chosen)
    if (tiles !== first.tiles) map.getSource<VectorTileSource>('things')?.setTiles([tiles])
  })
  listen(map, ears)
  const choose = (lon: number, lat: number): void => {
    point({ type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [lon, lat] } }] })
  }

  return {
    choose,
    tiles: (address) => {
      tiles = address
      map.getSource<VectorTileSource>('things')?.setTiles([address])
    },
    incidents: (now) => {
      spots = now
      mark()
    },
    theme: () => { map.setStyle(style(tokens(), ground, tiles, spots), { diff: false }) },
    fly: (lon, lat) => {
      const there = { center: [lon, lat] as [number, number], zoom: Math.max(map.getZoom(), NEAR) }
      if (still) map.jumpTo(there)
      else map.flyTo({ ...there, duration: 900 })
      choose(lon, lat)
    },
    whole: () => {
      point(EMPTY)
      map.fitBounds(bounds, { padding: 24, animate: !still })
    },
    end: () => { map.remove() },
  }
}
