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
  let sparing = false
  let turning = false
  const dense = (share: number): void => {
    window.clearTimeout(timer)
    if (sparing === share < 1) return
    sparing = share < 1
    turning = true // a new density is told as a movement
    map.setPixelRatio(window.devicePixelRatio * share)
    turning = false
  }
  const thin = (): void => { dense(SPARING) }
  const rest = (): void => {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => { if (!map.isMoving()) dense(1) }, REST_MS)
  }
  thin()
  // A new density lets go of what the hand holds: it comes before the hand takes hold, and before each flight.
  const hands = map.getCanvasContainer()
  for (const touch of ['mousedown', 'touchstart', 'wheel'] as const) hands.addEventListener(touch, thin, { capture: true, passive: true })
  for (const release of ['mouseup', 'touchend', 'wheel'] as const) window.addEventListener(release, rest, { passive: true })
  map.on('movestart', (event) => {
    if (!turning && event.originalEvent === undefined) thin()
    window.clearTimeout(timer)
  })
  map.on('moveend', () => { if (!turning) rest() })
  map.on('remove', () => {
    window.clearTimeout(timer)
    for (const release of ['mouseup', 'touchend', 'wheel'] as const) window.removeEventListener(release, rest)
  })
  void map.once('idle', () => {
    if (!sparing) {
      complete()
      return
    }
    void map.once('idle', complete)
    if (!map.isMoving()) dense(1)
  })
}
