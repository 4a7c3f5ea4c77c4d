import type { Wish } from '@shared/api/types'
import { expect, test } from 'vitest'
import { changed, minuteOf, moved, switched, timeOf, withQuiet } from './telling'

const wish: Wish = {
  ways: [{ way: 'voice', on: true, reaches: true }, { way: 'wechat', on: true, reaches: false }, { way: 'sms', on: true, reaches: true }],
  digest_minute: null, digest: false, quiet_from: null, quiet_until: null, loud: ['voice', 'sms'],
}

test('a way is moved past those that nobody sees', () => {
  expect(moved(wish, 'sms', -1).ways.map((each) => each.way)).toEqual(['sms', 'wechat', 'voice'])
  expect(moved(wish, 'voice', -1)).toBe(wish)
  expect(moved(wish, 'sms', 1)).toBe(wish)
})

test('what was changed and changed back is unchanged', () => {
  const once = switched(wish, 'sms')
  expect(changed(wish, once)).toBe(true)
  expect(changed(wish, switched(once, 'sms'))).toBe(false)
  expect(changed(wish, withQuiet(withQuiet(wish, true), false))).toBe(false)
})

test('times are read as they are shown', () => {
  for (const minute of [0, 59, 420, 1439]) expect(minuteOf(timeOf(minute))).toBe(minute)
  expect(minuteOf('')).toBe(null)
})
