import { expect, it } from 'vitest'
import { Random } from '../random.ts'
import { chargeEffect, leakRefrigerant, newCircuit } from './refrigerant.ts'

const leaking = { fullChargeCurrentA: 1, daysToLeak: 0, lostChargeShare: 0, daysToFail: 300 }

it('takes less current and cools less the more of the charge is lost', () => {
  const at = (lost: number) => chargeEffect({ ...leaking, lostChargeShare: lost })
  expect(at(0)).toEqual({ current: 1, cooling: 1 })
  expect(at(1)).toEqual({ current: 0.85, cooling: 0.72 })
  expect(at(50).cooling).toBeGreaterThan(0)
})

it('fails after about its days from the start of the leak, and loses nothing before', () => {
  const random = new Random('leak')
  let circuit = { ...leaking, daysToLeak: 100 }
  for (let day = 0; day < 99; day++) circuit = leakRefrigerant(circuit, 1, random)
  expect(circuit.lostChargeShare).toBe(0)
  for (let day = 0; day < 300; day++) circuit = leakRefrigerant(circuit, 1, random)
  expect(Math.abs(circuit.lostChargeShare - 1)).toBeLessThan(0.15)
})

it('begins to leak in few refrigerators a year', () => {
  const random = new Random('leaks')
  const leaky = Array.from({ length: 1000 }, () => newCircuit(random)).filter(
    ({ daysToLeak }) => daysToLeak < 365,
  )
  expect(leaky.length).toBeGreaterThan(25)
  expect(leaky.length).toBeLessThan(90)
})
