import { expect, it } from 'vitest'
import { createRecordingLogger } from '../../lib/testing/recording-logger.ts'
import { startWhenAvailable, untilAborted } from './start-when-available.ts'

class RefusedError extends Error {
  readonly code = 'ECONNREFUSED'
}

/** A start whose checks find these services unavailable, one check after the other, and then none. */
function starting(looks: string[][], start: () => Promise<string> = async () => 'started') {
  const { log, messages } = createRecordingLogger()
  const stop = new AbortController()
  const clock = { time: 0 }
  const started = startWhenAvailable({
    checkDependencies: async () => {
      clock.time += 20_000
      return looks.shift() ?? []
    },
    start,
    log,
    now: () => clock.time,
    signal: stop.signal,
  })
  return { started, messages, stop }
}

it('logs once what it waits for, again when that changes, and then starts', async () => {
  const { started, messages } = starting([['a', 'b'], ['a', 'b'], ['b']])
  expect(await started).toBe('started')
  expect(messages()).toEqual(['waiting: a\nwaiting: b', 'waiting: b', 'all services are available'])
})

it('logs it again after a minute', async () => {
  const { started, messages } = starting([['a'], ['a'], ['a'], ['a']])
  await started
  expect(messages()).toEqual(['waiting: a', 'waiting: a', 'all services are available'])
})

it('starts again when a service became unavailable between the check and the start', async () => {
  let starts = 0
  const { started, messages } = starting([], async () => {
    if (++starts === 1) throw new Error('no database', { cause: new RefusedError('connect ECONNREFUSED') })
    return 'started'
  })
  expect(await started).toBe('started')
  expect(messages()).toEqual(['waiting: no database', 'all services are available'])
})

it('does not wait for errors that waiting cannot fix', async () => {
  const { started } = starting([], () => Promise.reject(new TypeError('wrong')))
  await expect(started).rejects.toThrow('wrong')
})

it('stops waiting when the signal aborts', async () => {
  const { started, stop } = starting(Array.from({ length: 99 }, () => ['a']))
  stop.abort()
  await expect(started).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
})

it('gives a start up that hangs when the signal aborts', async () => {
  const stop = new AbortController()
  const hanging = untilAborted(new Promise(() => undefined), stop.signal)
  stop.abort()
  await expect(hanging).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  const late = untilAborted(new Promise(() => undefined), stop.signal)
  await expect(late).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  expect(await untilAborted(Promise.resolve('started'), new AbortController().signal)).toBe('started')
})
