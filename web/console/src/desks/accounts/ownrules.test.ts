import { expect, test } from 'vitest'
import { afterWords, clockOf, emptyRule, hoursWords, kindWords, minuteOf, whomWords } from './ownrules'

test('minutes of the day are read as they are shown', () => {
  expect([0, 390, 1439].map((minute) => minuteOf(clockOf(minute)))).toEqual([0, 390, 1439])
  expect(['24:00', '7', '7:5', ''].map(minuteOf)).toEqual([null, null, null, null])
})

test('a rule is told in words, with what is gone from it', () => {
  const rule = { ...emptyRule(), parts: ['grid' as const], accounts: ['a', 'b'], from_minute: 1320, until_minute: 360 }
  expect(whomWords(rule, new Map([['a', '王网格长']]))).toBe('网格员、王网格长、已停用的账号')
  expect([hoursWords(rule), kindWords({ ...rule, kinds: [] }), afterWords(90), afterWords(120)]).toEqual(['22:00–06:00', '任何警情', '90 秒后', '2 分钟后'])
})
