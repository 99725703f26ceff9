import { MessageChannel } from 'node:worker_threads'
import { expect, it, onTestFinished, vi } from 'vitest'
import { ExpectedError } from '../expected-error.ts'
import { type Handlers, ThreadLink } from './thread-link.ts'

type Calls = {
  double(argument: number): number
  fail(kind: 'known' | 'expected' | 'bug'): void
  /** Returns when it is told to. */
  wait(): string
  function(): unknown
}

class KnownError extends ExpectedError {
  override readonly name = 'KnownError'
}

class OtherError extends ExpectedError {
  override readonly name = 'OtherError'
}

const handlers: Handlers<Calls> = {
  double: (n) => 2 * n,
  fail(kind) {
    if (kind === 'known') throw new KnownError('known', { remedy: 'do this', cause: new RangeError('why') })
    if (kind === 'expected') throw new OtherError('expected')
    throw new TypeError('bug')
  },
  wait: (_, signal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve('told'), { once: true })),
  function: () => () => 1,
}

function link(own: Partial<Handlers<Calls>> = {}, onError?: (error: unknown) => void) {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const answering = new ThreadLink<Record<never, never>, Calls>(port1, {
    handlers: { ...handlers, ...own },
    ...(onError && { onError }),
  })
  return { answering, calling: new ThreadLink<Calls>(port2, { handlers: {}, errors: [KnownError] }) }
}

it('calls a function of the other end, several at once', async () => {
  const { calling } = link()
  expect(await Promise.all([1, 2, 3].map((n) => calling.call('double', n)))).toEqual([2, 4, 6])
})

it('throws what the function threw, with its class, fields and causes', async () => {
  const { calling } = link()
  const known = await calling.call('fail', 'known').catch((error: unknown) => error)
  expect(known).toBeInstanceOf(KnownError)
  expect(known).toMatchObject({ message: 'known', code: 'known', remedy: 'do this', name: 'KnownError' })
  expect((known as Error).cause).toMatchObject({ message: 'why', name: 'RangeError' })
  const expected = await calling.call('fail', 'expected').catch((error: unknown) => error)
  expect(expected).toBeInstanceOf(ExpectedError)
  expect(expected).not.toBeInstanceOf(OtherError)
  const bug = await calling.call('fail', 'bug').catch((error: unknown) => error)
  expect(bug).not.toBeInstanceOf(ExpectedError)
  expect((bug as Error).stack).toContain('thread-link.test.ts')
})

it('tells a function to return what it has', async () => {
  const { calling } = link()
  const giveUp = new AbortController()
  const waiting = calling.call('wait', undefined, giveUp.signal)
  giveUp.abort()
  expect(await waiting).toBe('told')
  expect(await calling.call('wait', undefined, giveUp.signal)).toBe('told')
})

it('answers with an error what cannot be sent', async () => {
  const { calling } = link()
  await expect(calling.call('function', undefined)).rejects.toThrow('could not be cloned')
})

it('reports the failure of a function that was told', async () => {
  const onError = vi.fn()
  const { calling } = link({}, onError)
  calling.tell('fail', 'bug')
  await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(expect.objectContaining({ message: 'bug' })))
})

it('fails open and later calls when the other end is gone, and waits until its own have ended', async () => {
  const { answering, calling } = link()
  const open = expect(calling.call('wait', undefined)).rejects.toThrow('gone')
  await calling.call('double', 1)
  let hasEnded = false
  const ended = answering.fail(new Error('gone')).then(() => {
    hasEnded = true
  })
  expect(hasEnded).toBe(false)
  await ended
  await calling.fail(new Error('gone'))
  await open
  await expect(calling.call('double', 1)).rejects.toThrow('gone')
})
