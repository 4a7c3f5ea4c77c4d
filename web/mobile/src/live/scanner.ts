/*
 * A code read by the camera. Enters: the camera's pictures. Leaves: the text of the first code seen. The phone's own
 * detector where it has one (QR, data matrix, bar codes), else a decoder of our own build (QR only). Absent: its meaning.
 */

interface Detected { rawValue: string }
interface Detector { detect(source: HTMLVideoElement): Promise<Detected[]> }
type DetectorClass = new (options: { formats: string[] }) => Detector

const FORMATS = ['qr_code', 'data_matrix', 'code_128', 'ean_13', 'code_39']
const EVERY_MS = 180
const SIDE = 640

export interface Scanning { stop(): void }

async function reader(): Promise<(video: HTMLVideoElement) => Promise<string | null>> {
  const own = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  if (own !== undefined) {
    const detector = new own({ formats: FORMATS })
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null
  }
  const { default: decode } = await import('qr/decode.js')
  const canvas = document.createElement('canvas')
  const paper = canvas.getContext('2d', { willReadFrequently: true })
  return (video) => {
    const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight, 1))
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale))
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale))
    paper?.drawImage(video, 0, 0, canvas.width, canvas.height)
    const picture = paper?.getImageData(0, 0, canvas.width, canvas.height)
    try {
      return Promise.resolve(picture === undefined ? null : decode(picture))
    } catch {
      return Promise.resolve(null)
    }
  }
}

/** Rejects where there is no camera, or it is not allowed. */
export async function scan(video: HTMLVideoElement, seen: (text: string) => void): Promise<Scanning> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 } }, audio: false })
  const leaving = new AbortController()
  const stop = (): void => {
    leaving.abort()
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
  video.srcObject = stream
  await video.play()
  const read = await reader()
  // A function, so that the compiler does not take the answer from before an await for the one after it.
  const left = (): boolean => leaving.signal.aborted
  const look = async (): Promise<void> => {
    if (left()) return
    const text = video.readyState >= 2 ? await read(video).catch(() => null) : null
    if (text !== null && text !== '' && !left()) {
      stop()
      seen(text)
    } else setTimeout(() => { void look() }, EVERY_MS)
  }
  void look()
  return { stop }
}

interface Record_ { recordType: string, data?: DataView }
interface Tag { scan(options: { signal: AbortSignal }): Promise<void>, onreading: ((event: { serialNumber: string, message: { records: Record_[] } }) => void) | null }
type TagClass = new () => Tag

export const hasNfc = (): boolean => 'NDEFReader' in globalThis

/** The text of a tag, else its own number. */
export async function readTag(signal: AbortSignal, seen: (text: string) => void): Promise<void> {
  const reader_ = new (globalThis as unknown as { NDEFReader: TagClass }).NDEFReader()
  reader_.onreading = ({ serialNumber, message }) => {
    const record = message.records.find((each) => each.recordType === 'text' || each.recordType === 'url')
    seen(record?.data === undefined ? serialNumber.replaceAll(':', '') : new TextDecoder().decode(record.data))
  }
  await reader_.scan({ signal })
}
