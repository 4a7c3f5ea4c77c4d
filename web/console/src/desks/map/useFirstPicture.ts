/*
 * The first picture on its sheet, above the map's machine until that has drawn its own. Enters: what the map is to show. Leaves: pixels
 * that people see, and whether they do. While the machine still works, the sheet goes along with the hand.
 */
import { nextTick, ref, type Ref } from 'vue'
import { fit, MARGIN, spread, world, type Extent, type Size } from './camera'
import { tokens } from './paint'
import { draw, look, type Seen, type Thing } from './sketch'
import type { Eye } from './view'

export interface FirstPicture {
  /** It stands on the screen. */
  shown: Ref<boolean>
  /** The machine has drawn its own; the sheet is gone. */
  over: Ref<boolean>
  begin: (box: HTMLElement, address: string, at: Eye | Extent) => Eye
  draw: (seen: Omit<Seen, 'things'>) => Promise<void>
  /** The same eye from where the machine's stands now. */
  follow: (eye: Eye) => void
}

export const painted = (): Promise<void> => new Promise((resolve) => { requestAnimationFrame(() => { window.setTimeout(resolve) }) })

export function useFirstPicture(sheet: () => HTMLCanvasElement | null): FirstPicture {
  const shown = ref(false)
  const over = ref(false)
  let size: Size = { width: 0, height: 0 }
  let eye: Eye = { zoom: 0, lat: 0, lon: 0 }
  let things: Promise<Thing[]> = Promise.resolve([])

  return {
    shown, over,
    begin: (box, address, at) => {
      size = { width: box.clientWidth, height: box.clientHeight }
      eye = Array.isArray(at) ? fit(at, size, MARGIN) : at
      things = look(address, eye, size)
      things.catch(() => undefined)
      return eye
    },
    draw: async (seen) => {
      // Without its tiles there is no picture: the machine tries again, and says so.
      const found = await things.catch(() => null)
      await nextTick()
      const paper = sheet()
      if (found === null || over.value || paper === null) return
      draw(paper, tokens(), eye, size, { ...seen, things: found })
      await painted()
      shown.value = true
    },
    follow: (now) => {
      const paper = sheet()
      if (paper === null || over.value) return
      const scale = 2 ** (now.zoom - eye.zoom)
      const [x, y] = spread(now, size)(...world(eye.lon, eye.lat))
      paper.style.transform = `translate(${x - size.width / 2}px, ${y - size.height / 2}px) scale(${scale})`
    },
  }
}
