import { expect, it } from 'vitest'
import { EventQueue } from './event-queue.ts'

it('returns due actions in order of time, and at equal times in the order of scheduling', async () => {
  const queue = new EventQueue()
  const done: string[] = []
  const add = (at: number, what: string) => queue.schedule({ at, run: async () => void done.push(what) })
  add(3, 'c')
  add(1, 'a')
  add(3, 'd')
  add(2, 'b')
  expect(queue.nextAt).toBe(1)
  expect(queue.takeDue(0)).toBeUndefined()
  for (let due = queue.takeDue(3); due; due = queue.takeDue(3)) await due.run(3)
  expect(done).toEqual(['a', 'b', 'c', 'd'])
  expect(queue.nextAt).toBeUndefined()
})
