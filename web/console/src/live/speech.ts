/* Spoken announcements, where the browser has a voice of the seat's language. Enters: a sentence. Leaves: speech. */

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
