/*
 * The map's first picture: outlines, counts or marks, open incidents, drawn on plain paper from the same tiles that the map's
 * machine reads, while that machine, which is large, is still on its way. Enters: what was read, where the eye stands. Leaves:
 * pixels, as paint.ts would have them. Deliberately absent: names of single things, and an outside ground; the machine brings them.
 */
import { Supercluster } from '@maplibre/geojson-vt'
import { VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'
import { spread, tilesIn, tileZoom, world, type Size, type Spread, type Tile } from './camera'
import { BORDER, CLUSTERED, markOf, marks, RADII, type Tokens } from './paint'
import { grave, namePlaces, quietFeatures, slight, spotFeatures, type Eye, type Ground, type Mark, type Quiet, type Spot } from './view'
import type * as GeoJSON from 'geojson'

/** A count or a thing, on the world's square. */
export interface Thing { far: boolean, east: number, down: number, mark: Mark }
export interface Seen { ground: Ground, things: readonly Thing[], spots: readonly Spot[], quiet: readonly Quiet[], chosen: Spot | null }

const FONT = '"Open Sans", "Arial Unicode MS", "Noto Sans SC", sans-serif'
const MARK_SIZE = 28

export function thingsOf(bytes: Uint8Array, tile: Tile): Thing[] {
  const size = 2 ** tile.z
  return Object.entries(new VectorTile(new PbfReader(bytes)).layers).flatMap(([name, layer]) =>
    Array.from({ length: layer.length }, (_, n) => {
      const feature = layer.feature(n)
      const at = feature.loadGeometry()[0]?.[0] ?? { x: 0, y: 0 }
      return { far: name === 'cells', east: (tile.x + at.x / layer.extent) / size, down: (tile.y + at.y / layer.extent) / size, mark: feature.properties as unknown as Mark }
    }))
}

/** Everything in sight; throws where a tile cannot be read. */
export async function look(address: string, eye: Eye, size: Size): Promise<Thing[]> {
  const read = async (tile: Tile): Promise<Thing[]> => {
    const answer = await fetch(address.replace('{z}', String(tile.z)).replace('{x}', String(tile.x)).replace('{y}', String(tile.y)))
    if (!answer.ok) throw new Error(`tile ${answer.status}`)
    return thingsOf(new Uint8Array(await answer.arrayBuffer()), tile)
  }
  return (await Promise.all(tilesIn(eye, size).map(read))).flat()
}

/** Straight between the stops, flat beyond them. */
export function between(stops: readonly (readonly [number, number])[], at: number): number {
  const after = stops.findIndex(([stop]) => at < stop)
  if (after === 0) return stops[0]?.[1] ?? 0
  const [a, from] = stops[(after === -1 ? stops.length : after) - 1] ?? [0, 0]
  const [b, to] = stops[after] ?? [a, from]
  return b === a ? from : from + ((to - from) * (at - a)) / (b - a)
}

interface Pen { pen: CanvasRenderingContext2D, paint: Tokens, at: Spread, eye: Eye, size: Size }

function outlines({ pen, paint, at, eye }: Pen, ground: Ground): void {
  const path = new Path2D()
  for (const feature of ground.boundaries.features) {
    for (const ring of feature.geometry.coordinates.flat()) {
      ring.forEach(([lon = 0, lat = 0], n) => {
        const [x, y] = at(...world(lon, lat))
        if (n === 0) path.moveTo(x, y)
        else path.lineTo(x, y)
      })
      path.closePath()
    }
  }
  if (ground.tiles === '') {
    pen.fillStyle = paint.surface
    pen.fill(path, 'evenodd')
  }
  pen.strokeStyle = paint.edge
  pen.lineWidth = between(BORDER, eye.zoom)
  pen.stroke(path)
}

function write({ pen, paint }: Pen, text: string, x: number, y: number, font: string, colour: string, halo: boolean): void {
  pen.font = `${font} ${FONT}`
  if (halo) {
    pen.strokeStyle = paint.background
    pen.lineWidth = 3
    pen.lineJoin = 'round'
    pen.strokeText(text, x, y)
  }
  pen.fillStyle = colour
  pen.fillText(text, x, y)
}

function counts(on: Pen, things: readonly Thing[]): void {
  const { pen, paint } = on
  for (const { east, down, mark } of things) {
    const [x, y] = on.at(east, down)
    const alarm = mark.alarm !== undefined
    pen.beginPath()
    pen.arc(x, y, between(RADII, Math.log10(mark.n)) + (alarm ? 1.5 : 0.5), 0, 2 * Math.PI)
    pen.fillStyle = paint.raised
    pen.fill()
    pen.strokeStyle = alarm ? paint.text : paint.edge
    pen.lineWidth = alarm ? 3 : 1
    pen.stroke()
    if (mark.n > 1) write(on, String(mark.n), x, y, '12px', paint.text, false)
  }
}

const weight = (of: GeoJSON.GeoJsonProperties): number => (of?.['n'] as number | undefined) ?? 1

/** Marks at their places; those that stand close together as one, with their count, where `together`. */
function stand(on: Pen, features: GeoJSON.Feature<GeoJSON.Point>[], picture: (of: GeoJSON.GeoJsonProperties) => string, together: boolean): void {
  const drawings = marks(on.paint)
  const { width, height } = on.size
  const put = (lon: number, lat: number, name: string, count: number): void => {
    const [x, y] = on.at(...world(lon, lat))
    const drawing = drawings.get(name)
    if (drawing === undefined || x < -MARK_SIZE || y < -MARK_SIZE || x > width + MARK_SIZE || y > height + MARK_SIZE) return
    on.pen.drawImage(drawing, x - MARK_SIZE / 2, y - MARK_SIZE / 2, MARK_SIZE, MARK_SIZE)
    if (count > 1) {
      on.pen.textAlign = 'left'
      write(on, String(count), x + 13, y, '12px', on.paint.text, true)
      on.pen.textAlign = 'center'
    }
  }
  if (!together) {
    for (const { geometry: { coordinates: [lon = 0, lat = 0] }, properties } of features) put(lon, lat, picture(properties), 1)
    return
  }
  // As the machine's own worker does it, so that nothing jumps when it takes over.
  const index = new Supercluster({ radius: CLUSTERED.radius * 16, extent: 8192, maxZoom: CLUSTERED.maxZoom, map: (one) => ({ n: weight(one) }), reduce: (sum, one) => { sum['n'] = weight(sum) + weight(one) } })
  index.load(features)
  for (const { geometry: { coordinates: [lon = 0, lat = 0] }, properties } of index.getClusters([-180, -85, 180, 85], tileZoom(on.eye))) {
    put(lon, lat, picture(properties), weight(properties))
  }
}

function single(on: Pen, things: readonly Thing[]): void {
  const drawings = marks(on.paint)
  for (const { east, down, mark } of things) {
    const [x, y] = on.at(east, down)
    const drawing = drawings.get(markOf(mark))
    if (drawing !== undefined) on.pen.drawImage(drawing, x - MARK_SIZE / 2, y - MARK_SIZE / 2, MARK_SIZE, MARK_SIZE)
  }
}

function ring({ pen, paint, at }: Pen, { lon, lat }: Spot): void {
  if (lon === null || lat === null) return
  pen.beginPath()
  pen.arc(...at(...world(lon, lat)), 21, 0, 2 * Math.PI)
  pen.strokeStyle = paint.text
  pen.lineWidth = 2
  pen.stroke()
}

export function draw(canvas: HTMLCanvasElement, paint: Tokens, eye: Eye, size: Size, seen: Seen): void {
  const dense = window.devicePixelRatio
  canvas.width = Math.round(size.width * dense)
  canvas.height = Math.round(size.height * dense)
  const pen = canvas.getContext('2d')
  if (pen === null) return
  const on: Pen = { pen, paint, at: spread(eye, size), eye, size }
  pen.scale(dense, dense)
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillStyle = paint.background
  pen.fillRect(0, 0, size.width, size.height)
  outlines(on, seen.ground)
  counts(on, seen.things.filter((thing) => thing.far))
  for (const { properties, geometry: { coordinates: [lon = 0, lat = 0] } } of namePlaces(seen.ground.boundaries).features) {
    if (properties.z === tileZoom(eye)) write(on, properties.name, ...on.at(...world(lon, lat)), '13px', paint.text, true)
  }
  single(on, seen.things.filter((thing) => !thing.far))
  stand(on, quietFeatures(seen.quiet).features, () => 'mark-quiet', true)
  stand(on, spotFeatures(slight(seen.spots)).features, () => 'grade-III', true)
  stand(on, spotFeatures(grave(seen.spots)).features, (of) => `grade-${String(of?.['grade'])}`, false)
  if (seen.chosen !== null) ring(on, seen.chosen)
}
