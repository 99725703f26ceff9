import { describe, expect, it } from 'vitest'
import { planFaults } from './faults.ts'

const servers = [
  { name: 'the program', weight: 2, kinds: ['kill', 'pause'] as const },
  { name: 'the database', weight: 1, kinds: ['kill', 'restart'] as const },
  { name: 'the network', weight: 1, kinds: ['cut'] as const },
]

describe('a plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    const size = { kills: 10, faults: 20, candidates: servers }
    const plan = planFaults({ seed: 1, ...size })
    expect(plan).toHaveLength(30)
    expect(planFaults({ seed: 1, ...size })).toEqual(plan)
    expect(planFaults({ seed: 2, ...size })).not.toEqual(plan)
  })

  it('takes every target, and of each only what it can suffer', () => {
    const plan = planFaults({ seed: 1, kills: 20, faults: 40, candidates: servers })
    const met = new Set(plan.map(({ target, kind }) => `${kind} ${target}`))
    expect([...met].sort()).toEqual([
      'cut the network',
      'kill the database',
      'kill the program',
      'pause the program',
      'restart the database',
    ])
  })

  it('kills each server at least once, and while devices publish', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const plan = planFaults({ seed, kills: 3, faults: 2, candidates: servers })
      const kills = plan.filter(({ kind }) => kind === 'kill')
      expect(kills).toHaveLength(3)
      expect(new Set(kills.map(({ target }) => target))).toEqual(new Set(['the program', 'the database']))
      expect(kills.every(({ afterProgressShare }) => afterProgressShare > 0)).toBe(true)
      expect(plan.reduce((sum, { afterProgressShare }) => sum + afterProgressShare, 0)).toBeLessThan(1)
    }
  })
})
