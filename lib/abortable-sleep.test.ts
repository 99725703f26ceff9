import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { abortableSleep } from './abortable-sleep.ts'

it('waits, and leaves no listener behind', async () => {
  const { signal } = new AbortController()
  const startedAt = performance.now()
  await abortableSleep(20, signal)
  expect(performance.now() - startedAt).toBeGreaterThan(15)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('ends early when the signal aborts', async () => {
  const controller = new AbortController()
  const slept = abortableSleep(60_000, controller.signal)
  controller.abort()
  await slept
  await abortableSleep(60_000, controller.signal)
})
