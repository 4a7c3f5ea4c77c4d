/*
 * Spoken announcements: by the browser where it has a voice of the seat's language, else by the platform's own, which
 * speaks Mandarin. Enters: a sentence, or the address of a recording. Leaves: speech, one after the other.
 */

export function hasVoice(language: string): boolean {
  if (!('speechSynthesis' in window)) return false
  return speechSynthesis.getVoices().some((voice) => voice.lang.replace('_', '-').startsWith(language))
}

export function say(text: string, language: string, volume: number): void {
  if (!hasVoice(language)) return
  const utterance = new SpeechSynthesisUtterance(text)
  utterance.lang = language === 'zh' ? 'zh-CN' : 'en-GB'
  utterance.volume = volume
  speechSynthesis.speak(utterance)
}

let spoken: Promise<void> = Promise.resolve()

/** A recording that cannot be had or played holds up none of the next. */
export function play(address: string, volume: number): void {
  spoken = spoken.then(() => new Promise<void>((done) => {
    const sound = new Audio(address)
    sound.volume = volume
    sound.addEventListener('ended', () => { done() })
    sound.addEventListener('error', () => { done() })
    sound.play().catch(() => { done() })
  }))
}
