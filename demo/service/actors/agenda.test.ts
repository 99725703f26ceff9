import { expect, it } from 'vitest'
import { Agenda } from './agenda.ts'

it('gives what is due in the order of time, of one moment in the order of decisions', async () => {
  const agenda = new Agenda()
  const done: string[] = []
  const add = (at: number, what: string) => agenda.add({ at, act: async () => void done.push(what) })
  add(3, 'c')
  add(1, 'a')
  add(3, 'd')
  add(2, 'b')
  expect(agenda.next).toBe(1)
  expect(agenda.take(0)).toBeUndefined()
  for (let due = agenda.take(3); due; due = agenda.take(3)) await due.act(3)
  expect(done).toEqual(['a', 'b', 'c', 'd'])
  expect(agenda.next).toBeUndefined()
})
