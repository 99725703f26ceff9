import { expect, it } from 'vitest'
import { Random } from '../random.ts'
import { chargeEffect, leakedCircuit, newCircuit } from './refrigerant.ts'

const leaking = { fullA: 1, tightDays: 0, lost: 0, daysToFail: 300 }

it('takes less current and cools less the more of the charge is lost', () => {
  const at = (lost: number) => chargeEffect({ ...leaking, lost })
  expect(at(0)).toEqual({ current: 1, cooling: 1 })
  expect(at(1)).toEqual({ current: 0.85, cooling: 0.72 })
  expect(at(50).cooling).toBeGreaterThan(0)
})

it('fails after about its days from when it leaks, and loses nothing before', () => {
  const random = new Random('leak')
  let circuit = { ...leaking, tightDays: 100 }
  for (let day = 0; day < 99; day++) circuit = leakedCircuit(circuit, 1, random)
  expect(circuit.lost).toBe(0)
  for (let day = 0; day < 300; day++) circuit = leakedCircuit(circuit, 1, random)
  expect(Math.abs(circuit.lost - 1)).toBeLessThan(0.15)
})

it('begins to leak in few refrigerators a year', () => {
  const random = new Random('leaks')
  const leaky = Array.from({ length: 1000 }, () => newCircuit(random)).filter(
    ({ tightDays }) => tightDays < 365,
  )
  expect(leaky.length).toBeGreaterThan(25)
  expect(leaky.length).toBeLessThan(90)
})
