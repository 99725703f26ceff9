import { expect, it, vi } from 'vitest'
import { createBatcher } from './batcher.ts'

it('handles the first item at once, and those that arrive meanwhile together', async () => {
  const batches: string[][] = []
  let goOn = () => {}
  const gathering = createBatcher<string>({
    handle: (items) => {
      batches.push(items)
      return new Promise((resolve) => {
        goOn = resolve
      })
    },
    onError: () => {},
  })
  for (const item of ['a', 'b', 'c', 'b']) gathering.add(item)
  expect(batches).toEqual([['a']])
  goOn()
  await vi.waitFor(() => expect(batches).toEqual([['a'], ['b', 'c']]))
  gathering.add('late')
  const stopped = gathering.stop()
  gathering.add('too late')
  goOn()
  await stopped
  expect(batches).toHaveLength(2)
})

it('reports failures and continues', async () => {
  const errors: string[] = []
  const handled: string[] = []
  const gathering = createBatcher<string>({
    handle: async ([item = '']) => {
      if (item === 'bad') throw new Error('no')
      handled.push(item)
    },
    onError: (error) => errors.push(error.message),
  })
  gathering.add('bad')
  gathering.add('good')
  await vi.waitFor(() => expect(handled).toEqual(['good']))
  expect(errors).toEqual(['no'])
})
