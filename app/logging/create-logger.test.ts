import { expect, it } from 'vitest'
import { ExpectedError } from '../../lib/expected-error.ts'
import type { LogLevel } from '../../lib/logging/logger.ts'
import { createLogger } from './create-logger.ts'

class DiskFullError extends ExpectedError {
  override readonly name = 'DiskFullError'
}

class DeviceError extends Error {
  override readonly name = 'DeviceError'
  readonly fields = { device: 'd-1', rule: 'phone.battery_worn' }
}

function setUp(format: 'json' | 'text', level: LogLevel = 'info') {
  const written: string[] = []
  const log = createLogger({ level, format, write: (text) => written.push(text) })
  const last = () => JSON.parse(written.at(-1) ?? '') as Record<string, unknown>
  return { log, written, last }
}

it('writes one JSON object a line, with level, ISO time, message and fields', () => {
  const { log, written, last } = setUp('json')
  log.child({ component: 'rules' }).info('consumer started', { partition: 0 })
  expect(written).toHaveLength(1)
  expect(written[0]).toMatch(/^\{.*\}\n$/)
  expect(last()).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    component: 'rules',
    partition: 0,
    msg: 'consumer started',
  })
})

it('writes nothing below its level', () => {
  const { log, written } = setUp('json', 'warn')
  log.info('consumer started')
  expect(written).toEqual([])
})

it('gives an expected error without a stack', () => {
  const { log, last } = setUp('json')
  log.warn('not written', { err: new DiskFullError('the disk is full', { remedy: 'Free space.' }) })
  expect(last().err).toEqual({
    type: 'DiskFullError',
    message: 'the disk is full',
    code: 'disk_full',
    remedy: 'Free space.',
  })
})

it('gives an unexpected error with the stack of each cause, and what it concerns as fields', () => {
  const { log, last } = setUp('json')
  const cause = new DeviceError('device d-1 failed', { cause: new TypeError('x is undefined') })
  log.error('the batch failed', { err: new DiskFullError('not committed', { cause }) })
  expect(last()).toMatchObject({
    device: 'd-1',
    rule: 'phone.battery_worn',
    err: {
      type: 'DiskFullError',
      cause: { type: 'DeviceError', cause: { type: 'TypeError', message: 'x is undefined' } },
      stack: expect.stringMatching(
        /^DiskFullError.*\ncaused by: DeviceError.*\ncaused by: TypeError: x is undefined\n +at .*create-logger\.test\.ts:\d+/s,
      ),
    },
  })
})

it('takes anything that was thrown', () => {
  const { log, last } = setUp('json')
  log.error('failed', { err: 'no reason' })
  expect(last().err).toEqual({ type: 'string', message: 'no reason' })
})

it('writes lines for people, without what clients could steer a terminal with', () => {
  const { log, written } = setUp('text')
  log.warn('bad id \u001b[2J', { component: 'mqtt', device: 'phone-1', count: 2, detail: 'a b' })
  expect(written[0]).toMatch(
    /^\d\d:\d\d:\d\d WARN {2}mqtt: bad id {2}\[2J {2}device=phone-1 {2}count=2 {2}detail="a b"\n$/,
  )
  log.error('failed', { err: new TypeError('x is undefined') })
  expect(written[1]).toMatch(/^\d\d:\d\d:\d\d ERROR failed\n {4}TypeError: x is undefined\n {4}at /)
})
