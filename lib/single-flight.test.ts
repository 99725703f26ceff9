import { expect, test } from 'vitest'
import { singleFlight } from './single-flight.ts'

test('gives up waiting, asks nothing more meanwhile, and asks again after the answer', async () => {
  let asked = 0
  let answer = (_: string) => {}
  const ask = singleFlight(() => {
    asked++
    return new Promise<string>((resolve) => {
      answer = resolve
    })
  })
  expect(await ask()).toEqual({ error: expect.stringContaining('no answer within') })
  const late = ask()
  answer('here')
  expect(await late).toEqual({ value: 'here' })
  expect(asked).toBe(1)
  const next = ask()
  answer('again')
  expect(await next).toEqual({ value: 'again' })
  expect(asked).toBe(2)
})
