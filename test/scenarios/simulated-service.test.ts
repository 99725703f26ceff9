import { expect, it } from 'vitest'
import { play } from '../../demo/service/testing/play.ts'

it('the simulated service is the same for the same seed', async () => {
  expect(await play(7)).toEqual(await play(7))
}, 240_000)
