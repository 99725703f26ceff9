import { describe, expect, it } from 'vitest'
import { planFaults } from './faults.ts'

const fallible = [
  { name: 'the program', weight: 2, kinds: ['kill', 'pause'] as const },
  { name: 'the network', weight: 1, kinds: ['cut'] as const },
]

describe('a plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    const plan = planFaults({ seed: 1, faults: 30, candidates: fallible })
    expect(plan).toHaveLength(30)
    expect(planFaults({ seed: 1, faults: 30, candidates: fallible })).toEqual(plan)
    expect(planFaults({ seed: 2, faults: 30, candidates: fallible })).not.toEqual(plan)
  })

  it('takes every target, and of each only what it can suffer', () => {
    const plan = planFaults({ seed: 1, faults: 60, candidates: fallible })
    const met = new Set(plan.map(({ target, kind }) => `${kind} ${target}`))
    expect([...met].sort()).toEqual(['cut the network', 'kill the program', 'pause the program'])
  })
})
