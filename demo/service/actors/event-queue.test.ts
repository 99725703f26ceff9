import { expect, it } from 'vitest'
import { EventQueue } from './event-queue.ts'

it('gives what is due in the order of time, of one moment in the order of decisions', async () => {
  const agenda = new EventQueue()
  const done: string[] = []
  const add = (at: number, what: string) => agenda.schedule({ at, run: async () => void done.push(what) })
  add(3, 'c')
  add(1, 'a')
  add(3, 'd')
  add(2, 'b')
  expect(agenda.nextAt).toBe(1)
  expect(agenda.takeDue(0)).toBeUndefined()
  for (let due = agenda.takeDue(3); due; due = agenda.takeDue(3)) await due.run(3)
  expect(done).toEqual(['a', 'b', 'c', 'd'])
  expect(agenda.nextAt).toBeUndefined()
})
