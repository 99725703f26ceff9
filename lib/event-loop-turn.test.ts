import { expect, it } from 'vitest'
import { EventLoopTurn } from './event-loop-turn.ts'

it('lets timers and I/O run in the midst of a long computation', async () => {
  const turn = new EventLoopTurn()
  let hasRun = false
  setImmediate(() => {
    hasRun = true
  })
  expect(turn.isOver).toBe(false)
  while (!turn.isOver);
  expect(hasRun).toBe(false)
  await turn.next()
  expect(hasRun).toBe(true)
  expect(turn.isOver).toBe(false)
})
