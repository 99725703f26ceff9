import { expect, it } from 'vitest'
import { startWhenAvailable } from './start-when-available.ts'

class RefusedError extends Error {
  readonly code = 'ECONNREFUSED'
}

/** A start that finds this, one look after the other, and then nothing away. */
function starting(looks: string[][], start: () => Promise<string> = async () => 'started') {
  const said: string[] = []
  const stop = new AbortController()
  const clock = { time: 0 }
  const started = startWhenAvailable({
    checkDependencies: async () => {
      clock.time += 20_000
      return looks.shift() ?? []
    },
    start,
    say: (text) => said.push(text),
    now: () => clock.time,
    signal: stop.signal,
  })
  return { started, said, stop }
}

it('says once what it waits for, anew when that changes, and goes on by itself', async () => {
  const { started, said } = starting([['a', 'b'], ['a', 'b'], ['b']])
  expect(await started).toBe('started')
  expect(said).toEqual(['waiting: a\nwaiting: b', 'waiting: b', 'all that was away is there again'])
})

it('says it again after a minute', async () => {
  const { started, said } = starting([['a'], ['a'], ['a'], ['a']])
  await started
  expect(said).toEqual(['waiting: a', 'waiting: a', 'all that was away is there again'])
})

it('starts again when something went away between the look and the start', async () => {
  let starts = 0
  const { started, said } = starting([], async () => {
    if (++starts === 1) throw new Error('no database', { cause: new RefusedError('connect ECONNREFUSED') })
    return 'started'
  })
  expect(await started).toBe('started')
  expect(said).toEqual(['waiting: no database', 'all that was away is there again'])
})

it('does not wait for what is wrong', async () => {
  const { started } = starting([], () => Promise.reject(new TypeError('wrong')))
  await expect(started).rejects.toThrow('wrong')
})

it('ends the waiting by the signal', async () => {
  const { started, stop } = starting(Array.from({ length: 99 }, () => ['a']))
  stop.abort()
  await expect(started).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
})
