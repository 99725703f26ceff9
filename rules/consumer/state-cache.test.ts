import { expect, it } from 'vitest'
import { createDeviceState } from '../engine/register-device.ts'
import { StateCache } from './state-cache.ts'

const stateOf = (id: string) => createDeviceState({ id, kind: 'phone' })
const bytesOfOne = 1_000

it('keeps the states updated last, and reads the others', async () => {
  const read: string[][] = []
  const cache = new StateCache(
    {
      async states(keys) {
        read.push([...keys])
        return new Map(keys.map((key) => [key, stateOf(key)]))
      },
    },
    10 * bytesOfOne,
  )
  const ids = Array.from({ length: 200 }, (_, n) => `phone-${n}`)
  cache.put(new Map(ids.map((id) => [id, stateOf(id)])))
  const found = await cache.get(['phone-199', 'phone-0'])
  expect([...found.keys()].sort()).toEqual(['phone-0', 'phone-199'])
  expect(read).toEqual([['phone-0']])
  cache.clear()
  await cache.get(['phone-199'])
  expect(read.at(-1)).toEqual(['phone-199'])
})
