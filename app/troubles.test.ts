import { expect, it } from 'vitest'
import { createTroubles } from './troubles.ts'

it('says a trouble once a minute, and shows it with its count while it is fresh', () => {
  const clock = { time: 0 }
  const said: string[] = []
  const troubles = createTroubles(
    () => clock.time,
    (text) => said.push(text),
  )
  for (clock.time = 0; clock.time < 70_000; clock.time += 10_000) {
    troubles.report('records', new TypeError('no connection'))
  }
  expect(said).toEqual(['! records: no connection', '! records: no connection'])
  expect(troubles.now()).toEqual(['records: no connection (7 times)'])
  clock.time += 30_000
  expect(troubles.now()).toEqual([])
})
