/* First handler. One key for each of handling.zh.ts. */
import type { handlingZh } from './handling.zh'

export const handlingEn: Record<keyof typeof handlingZh, string> = {
  'handling.holder': 'Handled by: {holder}',
  'handling.until': '{desk} · to the {next} in {time}',
  'handling.all': 'all desks at once',
  'handling.help': 'Your desk: it sounds when it is this level\'s turn; grade I sounds at all desks',
  'handling.of': '{name} {desk}',
  'handling.desk.room': 'control room',
  'handling.desk.operator': 'desk',
  'handling.desk.county': 'county desk',
  'handling.desk.city': 'desk',
  'handling.plain.room': 'Control room',
  'handling.plain.operator': 'Operator\'s desk',
  'handling.plain.county': 'County desk',
  'handling.plain.city': 'City desk',
  'handling.level.room': 'control room',
  'handling.level.operator': 'sub-platform',
  'handling.level.county': 'county',
  'handling.level.city': 'city',
}
