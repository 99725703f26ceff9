import { expect, it } from 'vitest'
import { ExpectedError } from '../lib/expected-error.ts'
import { createRecordingLogger } from '../lib/testing/recording-logger.ts'
import { createFaultReporter } from './fault-reporter.ts'

class ServiceError extends ExpectedError {
  override readonly name = 'ServiceError'
}

function setUp() {
  const clock = { time: 0 }
  const { log, lines, messages } = createRecordingLogger()
  return { clock, lines, messages, faults: createFaultReporter(() => clock.time, log) }
}

it('logs an error once a minute, with its repeats, and shows it with its count while it is recent', () => {
  const { clock, lines, faults } = setUp()
  for (clock.time = 0; clock.time < 70_000; clock.time += 10_000) {
    faults.report(new ServiceError('no connection'), 'records')
  }
  expect(lines).toMatchObject([
    { level: 'warn', message: 'no connection', fields: { component: 'records' } },
    { level: 'warn', message: 'no connection', fields: { component: 'records', repeats: 5 } },
  ])
  expect(faults.recentFaults()).toEqual(['records: no connection (7 times)'])
  clock.time += 30_000
  expect(faults.recentFaults()).toEqual([])
})

it('logs how often an error was repeated when its minute is over, also if it stopped', () => {
  const { clock, lines, faults } = setUp()
  for (let n = 0; n < 500; n++) faults.report(new ServiceError('no connection'), 'records')
  faults.flush()
  expect(lines).toHaveLength(1)
  clock.time = 60_000
  faults.flush()
  faults.flush()
  expect(lines.map(({ fields }) => fields.repeats)).toEqual([undefined, 499])
})

it('logs some of a flood of different errors, and how many it left out', () => {
  const { clock, messages, lines, faults } = setUp()
  for (let n = 0; n < 1_000; n++) faults.report(new ServiceError(`client ${n} is bad`), 'mqtt clients')
  expect(messages()).toHaveLength(10)
  expect(faults.recentFaults()).toEqual(['mqtt clients: client 999 is bad (1000 times)'])
  clock.time += 60_000
  faults.report(new ServiceError('client 0 is bad'), 'mqtt clients')
  expect(messages().slice(10)).toEqual(['further errors were not logged', 'client 0 is bad'])
  expect(lines[10]?.fields).toEqual({ component: 'mqtt clients', suppressed: 990 })
})

it('logs an unexpected error at level error, an expected one at level warn', () => {
  const { lines, faults } = setUp()
  const bug = new TypeError('x is undefined')
  faults.report(new ServiceError('the batch failed', { cause: bug }), 'rules', { device: 'd-1' })
  faults.report(new ServiceError('no connection'), 'rules')
  expect(lines.map(({ level }) => level)).toEqual(['error', 'warn'])
  expect(lines[0]?.fields).toMatchObject({ device: 'd-1', err: { cause: bug } })
})

it('removes control characters that clients sent', () => {
  const { messages, faults } = setUp()
  faults.report(new ServiceError('bad id \u001b[2J\n\u009b31m'), 'mqtt clients')
  expect(messages()).toEqual(['bad id  [2J 31m'])
})
