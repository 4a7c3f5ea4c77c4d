/*
 * Tones, made here: nothing is loaded. Enters: what must sound (sounding.ts), the volume. Leaves: sound, and whether the
 * browser lets it out (it waits for a first click or key).
 */
import { BEEPS_EVERY_MS, type Sounding } from './sounding'

const SIREN_STEP_S = 0.5
const SIREN_HZ = [960, 770] as const

export class Player {
  private context: AudioContext | null = null
  private gain: GainNode | null = null
  private siren: { tone: OscillatorNode, timer: number } | null = null
  private beepTimer: number | null = null
  private volume = 0.7

  /** A browser opens sound only inside a click or a key. */
  async open(): Promise<boolean> {
    if (this.context === null) {
      this.context = new AudioContext()
      this.gain = this.context.createGain()
      this.gain.gain.value = this.volume
      this.gain.connect(this.context.destination)
    }
    if (this.context.state !== 'running') await this.context.resume()
    return this.isOpen()
  }

  isOpen(): boolean {
    return this.context?.state === 'running'
  }

  setVolume(volume: number): void {
    this.volume = volume
    if (this.gain !== null) this.gain.gain.value = volume
  }

  /** Makes what is sounding what ought to sound. */
  apply(wanted: Sounding): void {
    if (!this.isOpen()) return
    if (wanted.siren) this.startSiren()
    else this.stopSiren()
    const beeps = wanted.beeps && !wanted.siren
    if (beeps && this.beepTimer === null) {
      this.beeps()
      this.beepTimer = window.setInterval(() => this.beeps(), BEEPS_EVERY_MS)
    } else if (!beeps && this.beepTimer !== null) {
      window.clearInterval(this.beepTimer)
      this.beepTimer = null
    }
  }

  stop(): void {
    this.apply({ siren: false, beeps: false })
  }

  private tone(hz: number, from: number, seconds: number, level = 1): void {
    if (this.context === null || this.gain === null) return
    const oscillator = this.context.createOscillator()
    const envelope = this.context.createGain()
    const start = this.context.currentTime + from
    oscillator.frequency.value = hz
    envelope.gain.setValueAtTime(0, start)
    envelope.gain.linearRampToValueAtTime(level, start + 0.015)
    envelope.gain.setValueAtTime(level, start + seconds - 0.03)
    envelope.gain.linearRampToValueAtTime(0, start + seconds)
    oscillator.connect(envelope).connect(this.gain)
    oscillator.start(start)
    oscillator.stop(start + seconds)
  }

  beeps(): void {
    for (const n of [0, 1, 2]) this.tone(1175, n * 0.28, 0.16)
  }

  soft(): void {
    this.tone(523, 0, 0.5, 0.45)
  }

  rehearseSiren(): void {
    for (let n = 0; n < 4; n++) this.tone(SIREN_HZ[n % 2 === 0 ? 0 : 1], n * SIREN_STEP_S, SIREN_STEP_S)
  }

  private startSiren(): void {
    if (this.siren !== null || this.context === null || this.gain === null) return
    const context = this.context
    const tone = context.createOscillator()
    tone.type = 'square'
    const level = context.createGain()
    level.gain.value = 0.35
    tone.connect(level).connect(this.gain)
    let ahead = context.currentTime
    let step = 0
    const schedule = (): void => {
      for (; ahead < context.currentTime + 4; ahead += SIREN_STEP_S) {
        tone.frequency.setValueAtTime(SIREN_HZ[step++ % 2 === 0 ? 0 : 1], ahead)
      }
    }
    schedule()
    tone.start()
    this.siren = { tone, timer: window.setInterval(schedule, 1000) }
  }

  private stopSiren(): void {
    if (this.siren === null) return
    window.clearInterval(this.siren.timer)
    this.siren.tone.stop()
    this.siren = null
  }
}
