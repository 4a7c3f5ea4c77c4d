/* What a command centre answered: our word for it, then its own. Enters: the platform's text. Leaves: words of the seat. */
import { word } from '@shared/i18n'

export function saidWords(said: string): string {
  const [first = '', ...rest] = said.split(' ')
  return [word('hand.said', first), ...rest].join(' ')
}
