/*
 * A round's map. Enters: a box on the page, the stops, where the phone stands. Leaves: which stop was touched. The stops come
 * from the phone's own memory, so they stand also where there is no network; only an operator's ground needs one.
 */
import type * as GeoJSON from 'geojson'
import { LngLatBounds, Map as Drawing, ScaleControl, setWorkerUrl, type GeoJSONSource, type StyleSpecification } from 'maplibre-gl'
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import 'maplibre-gl/dist/maplibre-gl.css'
import type { Way } from './rounds'

setWorkerUrl(worker)
/** Pixels around a finger in which a stop is meant. */
const FINGER = 22
type Here = { lon: number, lat: number } | null

export interface StopMap {
  show: (stops: readonly Way[], here: Here) => void
  end: () => void
}

function features(stops: readonly Way[], here: Here): GeoJSON.FeatureCollection {
  const point = (lon: number, lat: number, properties: Record<string, string>): GeoJSON.Feature => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties })
  const how = (stop: Way): string => (stop.passed === false ? 'wrong' : stop.passed === true || stop.waits ? 'seen' : 'open')
  return { type: 'FeatureCollection', features: [...stops.map((each) => point(each.lon, each.lat, { id: each.hydrant_id, how: how(each) })), ...(here === null ? [] : [point(here.lon, here.lat, { how: 'here' })])] }
}

function style(data: GeoJSON.FeatureCollection, ground: string): StyleSpecification {
  const css = getComputedStyle(document.documentElement)
  const token = (name: string): string => css.getPropertyValue(`--${name}`).trim()
  const is = (how: string): ['==', ['get', string], string] => ['==', ['get', 'how'], how]
  return {
    version: 8,
    sources: { stops: { type: 'geojson', data }, ...(ground === '' ? {} : { ground: { type: 'raster', tiles: [ground], tileSize: 256 } as const }) },
    layers: [
      { id: 'background', type: 'background', paint: { 'background-color': token('raised') } },
      ...(ground === '' ? [] : [{ id: 'ground', type: 'raster', source: 'ground', paint: { 'raster-saturation': -0.8 } } as const]),
      { id: 'seen', type: 'circle', source: 'stops', filter: is('seen'), paint: { 'circle-radius': 5, 'circle-color': token('muted'), 'circle-opacity': 0.5 } },
      { id: 'open', type: 'circle', source: 'stops', filter: is('open'), paint: { 'circle-radius': 8, 'circle-color': token('surface'), 'circle-stroke-color': token('text'), 'circle-stroke-width': 3 } },
      { id: 'wrong', type: 'circle', source: 'stops', filter: is('wrong'), paint: { 'circle-radius': 8, 'circle-color': token('text') } },
      { id: 'here', type: 'circle', source: 'stops', filter: is('here'), paint: { 'circle-radius': 6, 'circle-color': token('focus'), 'circle-stroke-color': token('surface'), 'circle-stroke-width': 3 } },
    ],
  }
}

/** Throws where the phone draws no maps: the list below is enough then. */
export function raise(box: HTMLElement, stops: readonly Way[], here: Here, ground: string, label: string, touched: (hydrant: string) => void): StopMap {
  const bounds = new LngLatBounds()
  for (const each of stops) bounds.extend([each.lon, each.lat])
  const map = new Drawing({ container: box, style: style(features(stops, here), ground), bounds, fitBoundsOptions: { padding: 36, maxZoom: 16 }, minZoom: 7, maxZoom: 19, dragRotate: false, pitchWithRotate: false, attributionControl: false, fadeDuration: 0 })
  map.touchZoomRotate.disableRotation()
  map.addControl(new ScaleControl(), 'bottom-left')
  map.getCanvas().setAttribute('aria-label', label)
  map.on('error', () => undefined) // a ground that did not come: the stops stand without it
  map.on('click', ({ point }) => {
    const near = map.queryRenderedFeatures([[point.x - FINGER, point.y - FINGER], [point.x + FINGER, point.y + FINGER]], { layers: ['open', 'wrong', 'seen'] })
    const id = near[0]?.properties['id'] as unknown
    if (typeof id === 'string') touched(id)
  })
  return {
    show: (next, now) => {
      const put = (): void => { void map.getSource<GeoJSONSource>('stops')?.setData(features(next, now)) }
      if (map.isStyleLoaded()) put()
      else void map.once('load', put)
    },
    end: () => { map.remove() },
  }
}
