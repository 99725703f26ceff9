import { expect, it } from 'vitest'
import { EventLoopTurn } from './event-loop-turn.ts'

it('is over after five milliseconds, and lets timers and I/O run before the next', async () => {
  let now = 0
  const turn = new EventLoopTurn(() => now)
  let hasRun = false
  setImmediate(() => {
    hasRun = true
  })
  now = 4
  expect(turn.isOver).toBe(false)
  now = 5
  expect(turn.isOver).toBe(true)
  expect(hasRun).toBe(false)
  await turn.next()
  expect(hasRun).toBe(true)
  expect(turn.isOver).toBe(false)
})
