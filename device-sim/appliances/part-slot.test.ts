import { describe, expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { type PartDesign, PartSlot } from './part-slot.ts'

/** Wears by one a day; the limit is 10. */
const design: PartDesign<number> = {
  component: 'filter',
  metric: 'filter_dp_pa',
  failureDirection: 'above',
  limit: () => 10,
  trueValue: (dust) => dust,
  build: (age) => (age === 'used' ? 3.5 : 0.5),
  repairPolicy: { by: 'replacement', probability: 1, days: [4, 4] },
  accelerate: (dust) => dust,
}
const day = (n: number) => n * dayMs

function wear(slot: PartSlot<number>, from: number, to: number): void {
  for (let at = from; at <= to; at++) slot.wear(day(at), (dust) => dust + 1)
}

describe('a slot for parts', () => {
  it('records when the part first crosses its limit, and has it replaced when due', () => {
    const slot = new PartSlot(design, 'test')
    wear(slot, 1, 9)
    expect(slot.parts[0]?.intervals).toEqual([
      { from: null, maintainedAt: null, crossedAt: day(7), wouldCrossAt: day(7) },
    ])
    expect(slot.performDueRepair(day(10))).toBe(false)
    expect(slot.performDueRepair(day(11))).toBe(true)
    expect(slot.part).toBe(0.5)
    expect(slot.parts.map(({ epoch, installedAt, replacedAt }) => [epoch, installedAt, replacedAt])).toEqual([
      [0, null, day(11)],
      [1, day(11), null],
    ])
  })

  it('begins an interval with each cleaning, and computes when the part would have crossed without it', () => {
    const slot = new PartSlot(design, 'test')
    wear(slot, 1, 3)
    slot.clean(day(3), () => 1.5)
    wear(slot, 4, 14)
    expect(slot.parts[0]?.intervals).toEqual([
      { from: null, maintainedAt: day(3), crossedAt: null, wouldCrossAt: day(7) },
      { from: day(3), maintainedAt: null, crossedAt: day(12), wouldCrossAt: day(12) },
    ])
  })

  it('ages the counterfactual part for 90 days', () => {
    const slot = new PartSlot({ ...design, limit: () => 100 }, 'test')
    slot.clean(day(1), () => 0)
    wear(slot, 2, 200)
    expect(slot.parts[0]?.intervals[0]).toMatchObject({ maintainedAt: day(1), wouldCrossAt: null })
  })

  it('ignores a cleaning that is not enough', () => {
    const slot = new PartSlot(design, 'test')
    wear(slot, 1, 9)
    slot.clean(day(9), (dust) => dust - 1)
    expect(slot.trueValue()).toBe(11.5)
    expect(slot.parts[0]?.intervals).toHaveLength(1)
  })

  it('needs no new part after a cleaning that follows its failure', () => {
    const slot = new PartSlot(design, 'test')
    wear(slot, 1, 9)
    slot.clean(day(9), () => 0)
    expect(slot.performDueRepair(day(30))).toBe(false)
    expect(slot.parts).toHaveLength(1)
  })

  it('has a part cleaned where owners clean it', () => {
    const clean = () => 0
    const cleaned = {
      ...design,
      repairPolicy: { by: 'cleaning', probability: 1, days: [4, 4], clean },
    } as const
    const slot = new PartSlot(cleaned, 'test')
    wear(slot, 1, 9)
    expect(slot.performDueRepair(day(11))).toBe(false)
    expect(slot.trueValue()).toBe(0)
    expect(slot.parts[0]?.intervals.map(({ maintainedAt }) => maintainedAt)).toEqual([day(11), null])
  })

  it('wears faster from some day on with a second failure mode, until it is cleaned', () => {
    const rated: PartDesign<{ dust: number; rate: number }> = {
      component: 'filter',
      metric: 'filter_dp_pa',
      failureDirection: 'above',
      limit: () => 1_000_000,
      trueValue: ({ dust }) => dust,
      build: () => ({ dust: 0, rate: 1 }),
      accelerate: (part, factor) => ({ ...part, rate: part.rate * factor }),
      repairPolicy: { by: 'replacement', probability: 0, days: [4, 4] },
    }
    // One of so many devices has it.
    const slots = Array.from({ length: 30 }, (_, n) => new PartSlot(rated, `7/vacuum-${n}`))
    for (const slot of slots) {
      slot.enableSecondMode()
      for (let at = 1; at <= 400; at++) slot.wear(day(at), ({ dust, rate }) => ({ dust: dust + rate, rate }))
    }
    const faster = slots.filter((slot) => slot.trueValue() > 401)
    expect(faster.length).toBeGreaterThanOrEqual(4)
    expect(faster.length).toBeLessThanOrEqual(5)
    for (const slot of faster) {
      expect(slot.part.rate).toBeGreaterThan(2)
      slot.clean(day(400), ({ rate }) => ({ dust: 0, rate }))
      expect(slot.part.rate).toBeCloseTo(1)
    }
  })

  it('is worn from the start in one of five devices, where that is rare', () => {
    const rare = { ...design, build: () => 0, buildWorn: () => 9 }
    const slots = Array.from({ length: 20 }, (_, n) => new PartSlot(rare, `7/vacuum-${n}`))
    expect(slots.filter((slot) => slot.trueValue() === 9)).toHaveLength(4)
  })
})
