import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { race } from './race.ts'

const never = () => new Promise<never>(() => undefined)

it('settles as the first promise does, and takes values as settled', async () => {
  expect(await race([never(), Promise.resolve('first'), never()])).toBe('first')
  expect(await race([never(), 7])).toBe(7)
  await expect(race([never(), Promise.reject(new Error('no'))])).rejects.toThrow('no')
})

it('gives the outcome of a promise to each race that it is in, before and after it settles', async () => {
  let finish: (value: string) => void = () => undefined
  const shared = new Promise<string>((resolve) => {
    finish = resolve
  })
  const waiting = [race([shared, never()]), race([shared, never()])]
  finish('done')
  expect(await Promise.all(waiting)).toEqual(['done', 'done'])
  expect(await race([shared, never()])).toBe('done')
  expect(await race([never(), shared])).toBe('done')
})

it('leaves a later rejection of the loser handled', async () => {
  let fail: (error: Error) => void = () => undefined
  const late = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  expect(await race([late, Promise.resolve(1)])).toBe(1)
  fail(new Error('late')) // An unhandled rejection would fail the run.
  await nextTurn()
})

it('keeps nothing of a race that is over on a promise that never settles', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const endless = never()
  const results: WeakRef<object>[] = []
  for (let turn = 0; turn < 200; turn++) {
    const result = { turn }
    results.push(new WeakRef(result))
    await race([endless, Promise.resolve(result)])
  }
  await nextTurn()
  collectGarbage()
  const kept = results.filter((each) => each.deref() !== undefined)
  expect(kept.length).toBeLessThan(5)
  expect(await race([endless, Promise.resolve('still')])).toBe('still')
})
