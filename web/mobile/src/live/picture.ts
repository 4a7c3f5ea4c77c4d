/* A photo made small enough for a bad line: its long side at most 2000 px, as JPEG. What cannot be drawn stays as it is. */

const LONG_SIDE = 2000
const SMALL = 400 * 1024

export async function smaller(file: Blob): Promise<Blob> {
  if (file.type === 'image/jpeg' && file.size <= SMALL) return file
  try {
    const picture = await createImageBitmap(file)
    const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(picture.width * scale))
    canvas.height = Math.max(1, Math.round(picture.height * scale))
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
    picture.close()
    const made = await new Promise<Blob | null>((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.82) })
    return made ?? file
  } catch {
    return file
  }
}
