import { expect, it } from 'vitest'
import { Random } from '../random.ts'
import { brushCurrentA, removeHair, wrapHair, wrappedCurrentA } from './wrapped-brush.ts'

const clean = { cleanA: 1, hair: 0, hoursToWrap: 70 }

it('takes 1 A when clean, 2.5 A when wrapped, and ever more with each further turn of hair', () => {
  const at = (hair: number) => brushCurrentA({ ...clean, hair })
  expect(at(0)).toBe(1)
  expect(at(1)).toBe(wrappedCurrentA)
  expect(at(1) - at(0.5)).toBeGreaterThan(2 * (at(0.5) - at(0)))
})

it('is wrapped after about its hours, sooner in a shedding household, and free again when cut', () => {
  const random = new Random('hair')
  const hoursToWrap = (shedding: number) => {
    let hours = 0
    for (let brush = clean; brush.hair < 1; hours += 1)
      brush = wrapHair(brush, { hours: 1, shedding }, random)
    return hours
  }
  expect(Math.abs(hoursToWrap(1) - 70)).toBeLessThan(20)
  expect(Math.abs(hoursToWrap(2) - 35)).toBeLessThan(12)
  expect(brushCurrentA(removeHair({ ...clean, hair: 1 }))).toBeLessThan(1.1)
  expect(brushCurrentA(wrapHair(clean, { hours: 1e4, shedding: 1 }, random))).toBeLessThan(6)
})
