import { describe, expect, it } from 'vitest'
import type { LifetimeContribution } from '../engine/engine.ts'
import { LifetimeSample } from './lifetime-sample.ts'

const lives = (count: number, isCompleted: boolean, name: string): LifetimeContribution[] =>
  Array.from({ length: count }, (_, n) => ({
    lifetimeKey: 'phone/battery/health',
    lifetime: { partId: `${name}-${n}/0`, cohort: {}, points: [[0, n]] },
    isCompleted,
  }))

/** Add as the fleet does: a running lifetime is listed only where the sample wants it. */
function sampleOf(all: readonly LifetimeContribution[], sample = new LifetimeSample()): LifetimeSample {
  for (const one of all)
    if (one.isCompleted || sample.countRunning(one.lifetime.partId ?? '')) sample.add(one)
  return sample
}

const partsOf = (sample: LifetimeSample) => sample.lifetimes().map(({ partId }) => partId)
const totalWeight = (sample: LifetimeSample, name: string) =>
  sample
    .lifetimes()
    .filter(({ partId }) => partId?.startsWith(name))
    .reduce((sum, { weight = 1 }) => sum + weight, 0)

describe('a sample of lifetimes', () => {
  it('keeps all of a small fleet, each for itself', () => {
    const sample = sampleOf([...lives(5, true, 'old'), ...lives(7, false, 'new')])
    expect(sample.lifetimes()).toHaveLength(12)
    expect(sample.lifetimes().every(({ weight }) => weight === undefined)).toBe(true)
  })

  it('has finished and running lifetimes in fair shares, weighted by how many they stand for', () => {
    const sample = sampleOf([...lives(400, true, 'old'), ...lives(5_000, false, 'new')])
    const parts = partsOf(sample)
    expect(parts).toHaveLength(60)
    expect(parts.filter((part) => part?.startsWith('old'))).toHaveLength(30)
    expect(totalWeight(sample, 'old')).toBeCloseTo(400, 0)
    expect(totalWeight(sample, 'new')).toBeCloseTo(5_000, 0)
  })

  it('gives the places of a few finished lifetimes to running ones', () => {
    const parts = partsOf(sampleOf([...lives(4, true, 'old'), ...lives(500, false, 'new')]))
    expect(parts.filter((part) => part?.startsWith('old'))).toHaveLength(4)
    expect(parts).toHaveLength(60)
  })

  it('is random: neither the first nor the longest', () => {
    const numbers = sampleOf(lives(6_000, false, 'new'))
      .lifetimes()
      .map(({ points }) => points[0]?.[1] ?? 0)
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length
    // Four standard errors of a uniform sample of 60.
    expect(Math.abs(mean - 3_000)).toBeLessThan(4 * (6_000 / Math.sqrt(12 * 60)))
  })

  it('is the same in any order, and from parts of the fleet', () => {
    const all = [...lives(300, true, 'old'), ...lives(900, false, 'new')]
    const whole = sampleOf(all).lifetimes()
    expect(sampleOf(all.toReversed()).lifetimes()).toEqual(whole)
    const merged = new LifetimeSample()
    for (const rest of [0, 1, 2])
      merged.addSample(sampleOf(all.filter((_, index) => index % 3 === rest)).parts())
    expect(merged.lifetimes()).toEqual(whole)
  })
})
