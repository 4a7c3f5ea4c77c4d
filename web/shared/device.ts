/* What a device is in now, as a list of condition codes, whichever form the answer has. */
import type { Device } from './api/types'

export function conditionsOf(device: Pick<Device, 'conditions' | 'condition'>): readonly string[] {
  const found = device.conditions ?? device.condition ?? []
  const list = typeof found === 'string' ? [found] : found
  return list.filter((each) => each !== '' && each !== 'normal')
}
