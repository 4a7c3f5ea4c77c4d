/*
 * The pin's map. Enters: a box on the page, where the phone stands and how exactly, where the pin is. Leaves: where the pin
 * was put. What hangs around is drawn from the platform's own tiles; without a network the pin, the ring of accuracy and the
 * scale stand on an empty ground. Deliberately absent: any other host, unless the operator set a ground.
 */
import type * as GeoJSON from 'geojson'
import { Map as Drawing, Marker, ScaleControl, setWorkerUrl, type GeoJSONSource, type LayerSpecification, type StyleSpecification } from 'maplibre-gl'
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import 'maplibre-gl/dist/maplibre-gl.css'
import { ring, shifted, type Spot } from './pin'

setWorkerUrl(worker)
const ZOOM = 17.5
const MOST_TILE_ZOOM = 16
const STEPS: Readonly<Record<string, readonly [number, number]>> = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }
/** With Shift an arrow moves the pin by ten metres instead of one. */
const FAR = 10
/** Pixels: nearer to the edge the map follows the pin that keys move. */
const EDGE = 50

/** What one does to the pin, by finger, mouse or keys. */
export interface PinWords {
  map: string
  pin: string
}

export interface PinMap {
  show: (pin: Spot, here: Spot | null) => void
  end: () => void
}

function style(here: GeoJSON.Feature, ground: string): StyleSpecification {
  const css = getComputedStyle(document.documentElement)
  const token = (name: string): string => css.getPropertyValue(`--${name}`).trim()
  const tiles = (show: string): StyleSpecification['sources'][string] => ({ type: 'vector', tiles: [`${location.origin}/api/v1/map/tiles/{z}/{x}/{y}?show=${show}`], maxzoom: MOST_TILE_ZOOM })
  const dot = (name: string, radius: number): LayerSpecification => ({
    id: name, type: 'circle', source: name, 'source-layer': 'points',
    paint: { 'circle-radius': radius, 'circle-color': token('surface'), 'circle-stroke-color': token('muted'), 'circle-stroke-width': 2 },
  })
  return {
    version: 8,
    sources: {
      units: tiles('units'), devices: tiles('devices'), here: { type: 'geojson', data: here },
      ...(ground === '' ? {} : { ground: { type: 'raster', tiles: [ground], tileSize: 256 } as const }),
    },
    layers: [
      { id: 'background', type: 'background', paint: { 'background-color': token('raised') } },
      ...(ground === '' ? [] : [{ id: 'ground', type: 'raster', source: 'ground', paint: { 'raster-saturation': -0.8 } } as const]),
      { id: 'ring', type: 'fill', source: 'here', paint: { 'fill-color': token('text'), 'fill-opacity': 0.08 } },
      { id: 'rim', type: 'line', source: 'here', paint: { 'line-color': token('text'), 'line-width': 1 } },
      dot('units', 7), dot('devices', 4),
    ],
  }
}

/** Throws where the phone draws no maps: the words above it are enough then. */
export function raise(box: HTMLElement, pin: Spot, here: Spot | null, ground: string, words: PinWords, moved: (lon: number, lat: number) => void): PinMap {
  const css = getComputedStyle(document.documentElement)
  const map = new Drawing({
    container: box, style: style(ring(here), ground), center: [pin.lon, pin.lat], zoom: ZOOM, minZoom: 9, maxZoom: 20, dragRotate: false, pitchWithRotate: false,
    attributionControl: false, fadeDuration: 0,
  })
  map.touchZoomRotate.disableRotation()
  map.addControl(new ScaleControl(), 'bottom-left')
  map.getCanvas().setAttribute('aria-label', words.map)
  map.on('error', () => undefined) // tiles that did not come: the pin stands without them
  const marker = new Marker({ draggable: true, color: css.getPropertyValue('--text').trim() }).setLngLat([pin.lon, pin.lat]).addTo(map)
  const handle = marker.getElement()
  handle.dataset['pin'] = ''
  handle.tabIndex = 0
  handle.setAttribute('role', 'application')
  handle.setAttribute('aria-label', words.pin)
  const told = (): void => {
    const { lng, lat } = marker.getLngLat()
    moved(lng, lat)
  }
  marker.on('dragend', told)
  handle.addEventListener('keydown', (event) => {
    const step = STEPS[event.key]
    if (step === undefined) return
    event.preventDefault()
    event.stopImmediatePropagation() // the library moves by pixels, and the map away under the pin
    const by = event.shiftKey ? FAR : 1
    const { lng, lat } = marker.getLngLat()
    const to = shifted({ lon: lng, lat }, step[0] * by, step[1] * by)
    marker.setLngLat([to.lon, to.lat])
    const at = map.project([to.lon, to.lat])
    const inside = at.x > EDGE && at.y > EDGE && at.x < box.clientWidth - EDGE && at.y < box.clientHeight - EDGE / 2
    if (!inside) map.easeTo({ center: [to.lon, to.lat], duration: 0 })
    told()
  }, { capture: true })
  map.on('click', ({ lngLat }) => {
    marker.setLngLat(lngLat)
    told()
  })
  const look = new MutationObserver(() => { map.setStyle(style(ring(stands), ground)) })
  look.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  let stands = here
  return {
    show: (next, now) => {
      stands = now
      marker.setLngLat([next.lon, next.lat])
      map.easeTo({ center: [next.lon, next.lat], duration: 0 })
      const put = (): void => { void map.getSource<GeoJSONSource>('here')?.setData(ring(now)) }
      if (map.isStyleLoaded()) put()
      else void map.once('load', put)
    },
    end: () => {
      look.disconnect()
      map.remove()
    },
  }
}
