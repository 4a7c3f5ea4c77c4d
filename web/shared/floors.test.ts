import { expect, it } from 'vitest'
import { floorName } from './floors'

it.each([
  ['3', '3F'], ['12层', '12F'], ['-1', 'B1'], ['B2', 'B2'], ['负1层', 'B1'], ['地下2', 'B2'], [' 03 ', '3F'],
  ['3F', '3F'], ['夹层', '夹层'], ['1-2', '1-2'], ['', ''],
])('%s is %s', (said, name) => {
  expect(floorName(said)).toBe(name)
})
