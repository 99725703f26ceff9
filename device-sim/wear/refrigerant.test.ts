import { expect, it } from 'vitest'
import { Random } from '../random.ts'
import { chargeEffect, leakedCircuit, newCircuit } from './refrigerant.ts'

it('takes less current and cools less the more of the charge is lost', () => {
  const at = (lost: number) => chargeEffect({ fullA: 1, lost, daysToFail: 300 })
  expect(at(0)).toEqual({ current: 1, cooling: 1 })
  expect(at(1)).toEqual({ current: 0.85, cooling: 0.72 })
  expect(at(50).cooling).toBeGreaterThan(0)
})

it('fails after about its days where it leaks, which few do', () => {
  const random = new Random('leak')
  let circuit = { fullA: 1, lost: 0, daysToFail: 300 }
  for (let day = 0; day < 300; day++) circuit = leakedCircuit(circuit, 1, random)
  expect(Math.abs(circuit.lost - 1)).toBeLessThan(0.15)
  const leaky = Array.from({ length: 1000 }, () => newCircuit(random)).filter((one) => one.daysToFail < 1000)
  expect(leaky.length).toBeGreaterThan(20)
  expect(leaky.length).toBeLessThan(120)
})
