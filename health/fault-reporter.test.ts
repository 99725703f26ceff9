import { expect, it } from 'vitest'
import { createFaultReporter } from './fault-reporter.ts'

it('says a trouble once a minute, and shows it with its count while it is fresh', () => {
  const clock = { time: 0 }
  const said: string[] = []
  const troubles = createFaultReporter(
    () => clock.time,
    (text) => said.push(text),
  )
  for (clock.time = 0; clock.time < 70_000; clock.time += 10_000) {
    troubles.report('records', new TypeError('no connection'))
  }
  expect(said).toEqual(['! records: no connection', '! records: no connection'])
  expect(troubles.recentFaults()).toEqual(['records: no connection (7 times)'])
  clock.time += 30_000
  expect(troubles.recentFaults()).toEqual([])
})

it('says some of a flood of different troubles', () => {
  const clock = { time: 0 }
  const said: string[] = []
  const troubles = createFaultReporter(
    () => clock.time,
    (text) => said.push(text),
  )
  for (let n = 0; n < 1_000; n++) troubles.report('mqtt clients', new TypeError(`client ${n} is bad`))
  expect(said).toHaveLength(10)
  expect(troubles.recentFaults()).toEqual(['mqtt clients: client 999 is bad (1000 times)'])
  clock.time += 60_000
  troubles.report('mqtt clients', new TypeError('client 0 is bad'))
  expect(said).toHaveLength(11)
})

it('says on one line what clients sent, without what would steer a terminal', () => {
  const said: string[] = []
  const troubles = createFaultReporter(
    () => 0,
    (text) => said.push(text),
  )
  troubles.report('mqtt clients', new TypeError('bad id \u001b[2J\n\u009b31m'))
  expect(said).toEqual(['! mqtt clients: bad id  [2J 31m'])
})
