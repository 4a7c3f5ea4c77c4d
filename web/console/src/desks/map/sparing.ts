/*
 * Fluid before sharp, where the processor has to do a graphics card's work: while the map moves, and until its first picture is
 * complete, it is drawn with fewer pixels; at rest it is sharp. Enters: the map. Leaves: how dense it draws. With a graphics card
 * nothing of this happens.
 */
import type { Map as Drawing } from 'maplibre-gl'

const SPARING = 0.5
const REST_MS = 250
const BY_PROCESSOR = /swiftshader|llvmpipe|softpipe|software|basic render/i

function drawnByProcessor(map: Drawing): boolean {
  const gl = map.getCanvas().getContext('webgl2')
  const told = gl?.getExtension('WEBGL_debug_renderer_info') ?? null
  return gl !== null && told !== null && BY_PROCESSOR.test(String(gl.getParameter(told.UNMASKED_RENDERER_WEBGL)))
}

/** `complete`: the first picture stands, as sharp as it will be. */
export function spare(map: Drawing, complete: () => void): void {
  if (!drawnByProcessor(map)) {
    void map.once('idle', complete)
    return
  }
  let timer = 0
  let turning = false
  const dense = (share: number): void => {
    turning = true // a new density is told as a movement
    map.setPixelRatio(window.devicePixelRatio * share)
    turning = false
  }
  dense(SPARING)
  map.on('movestart', () => {
    if (turning) return
    window.clearTimeout(timer)
    dense(SPARING)
  })
  map.on('moveend', () => {
    if (turning) return
    window.clearTimeout(timer)
    timer = window.setTimeout(() => { dense(1) }, REST_MS)
  })
  map.on('remove', () => { window.clearTimeout(timer) })
  void map.once('idle', () => {
    void map.once('idle', complete)
    if (!map.isMoving()) dense(1)
  })
}
