/* How it is said what a platform above answered. Enters: the words that were kept, `unreached 403 who are you`. */
import { t, word } from '@shared/i18n'

const SAID = ['taken', 'refused', 'limited', 'unreached', 'unknown']
const CODES: Record<string, string> = { timeout: 'timeout', login: 'login', malformed: 'malformed', no_receipt: 'receipt', ConnectError: 'connect', ConnectTimeout: 'connect', address_shut: 'shut', name_unknown: 'name', failed: 'failed', nothing: 'nothing' }

/** `unreached`, `403`, `who are you` as a sentence of the reader's language; their own words as they stand. */
export function answer(said: string, code: string, text: string): string {
  const known = CODES[code]
  const status = /^(?:login_)?(\d{3})$/.exec(code)?.[1]
  const why = known !== undefined ? t(`upward.code.${known}` as 'upward.code.login') : status !== undefined ? t(code.startsWith('login_') ? 'upward.code.login.status' : 'upward.code.status', { n: status }) : code === '' || /^[A-Za-z]+(Error|Timeout)$/.test(code) ? '' : t('upward.code.theirs', { code })
  return [word('upward.said', said), why, text].filter((each) => each !== '').join(' · ')
}

export function kept(words: string): string {
  const [said = '', code = '', ...text] = words.split(' ')
  return SAID.includes(said) ? answer(said, code, text.join(' ')) : words
}
