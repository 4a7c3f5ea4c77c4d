/*
 * Where the eye stands, in pixels: Web Mercator as MapLibre and the server's tiles have it. Enters: an eye, a size. Leaves: places
 * on the paper, tiles in sight, an eye that holds an extent. Pure: no map, no browser.
 */
import type { Eye } from './view'

export interface Size { width: number, height: number }
export interface Tile { z: number, x: number, y: number }
export type Extent = [[number, number], [number, number]]
export type Spread = (east: number, down: number) => [number, number]

/** A tile's edge on the paper at its own zoom. */
export const TILE = 512
/** A tile holds 2^FINER cells a side, each with one count in its middle. */
export const FINER = 3
export const LEAST_ZOOM = 5
/** Where one thing is looked at. */
export const NEAR = 16
/** Between an extent and the paper's edge. */
export const MARGIN = 24
/** Nearer ones are these, larger. */
export const MOST_TILE_ZOOM = 18

/** On the world's square, both 0 … 1. */
export function world(lon: number, lat: number): [number, number] {
  const sine = Math.sin((lat * Math.PI) / 180)
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)]
}

export function latitude(down: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * down))) * 180) / Math.PI
}

export function longitude(east: number): number {
  return (east - 0.5) * 360
}

/** The nearest eye that has the whole extent inside the paper's margin. */
export function fit(extent: Extent, size: Size, margin: number): Eye {
  const [west, north] = world(extent[0][0], extent[1][1])
  const [east, south] = world(extent[1][0], extent[0][1])
  const scale = Math.min((size.width - 2 * margin) / (east - west), (size.height - 2 * margin) / (south - north)) / TILE
  return { zoom: Math.max(LEAST_ZOOM, Math.log2(Math.max(scale, 1))), lon: longitude((west + east) / 2), lat: latitude((north + south) / 2) }
}

/** From the world's square onto the paper. */
export function spread(eye: Eye, size: Size): Spread {
  const scale = TILE * 2 ** eye.zoom
  const [east, down] = world(eye.lon, eye.lat)
  return (x, y) => [(x - east) * scale + size.width / 2, (y - down) * scale + size.height / 2]
}

export function tileZoom(eye: Eye): number {
  return Math.min(MOST_TILE_ZOOM, Math.max(0, Math.floor(eye.zoom)))
}

export function tilesIn(eye: Eye, size: Size): Tile[] {
  const z = tileZoom(eye)
  const [east, down] = world(eye.lon, eye.lat)
  const scale = TILE * 2 ** eye.zoom
  const last = 2 ** z - 1
  const range = (middle: number, length: number): number[] => {
    const from = Math.max(0, Math.floor((middle - length / 2 / scale) * 2 ** z))
    const to = Math.min(last, Math.floor((middle + length / 2 / scale) * 2 ** z))
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n)
  }
  return range(down, size.height).flatMap((y) => range(east, size.width).map((x) => ({ z, x, y })))
}
