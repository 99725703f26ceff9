import { expect, it } from 'vitest'
import { settlesWithin } from './settles-within.ts'

it('tells whether work was done in time', async () => {
  expect(await settlesWithin(1_000, Promise.resolve('done'))).toBe(true)
  expect(await settlesWithin(5, new Promise(() => {}))).toBe(false)
})

it('rejects with what the work rejects with', async () => {
  await expect(settlesWithin(1_000, Promise.reject(new Error('no')))).rejects.toThrow('no')
})
