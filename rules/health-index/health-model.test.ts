import { describe, expect, test } from 'vitest'
import { featuresAt, type HealthLook } from './features.ts'
import { estimateHealth } from './health-estimate.ts'
import { fitHealthModel, type HealthHistory } from './health-model.ts'
import { remainingLifeOfSimilar } from './similar-moments.ts'

const metrics = ['heat', 'noise', 'humidity']

/** Deterministic noise within ±1. */
const noise = (n: number, seed: number): number =>
  2 * ((Math.sin(n * 12.9898 + seed * 78.233) * 43758.5453) % 1)

/** A part of the given lifetime, of which heat rises and noise too, half as much, in its last 100 days. */
function lifeOf(lifetime: number, seed: number, until = lifetime): HealthLook[] {
  return Array.from({ length: Math.floor(until / 4) }, (_, n) => {
    const at = 4 * (n + 1)
    const wear = Math.max(0, at - lifetime + 100)
    const values = [
      20 + 0.2 * wear + noise(n, seed),
      5 + 0.1 * wear + noise(n, seed + 7),
      50 + 5 * noise(n, seed + 13),
    ]
    return { at, values }
  })
}

function ended(lifetime: number, seed: number): HealthHistory {
  return { looks: lifeOf(lifetime, seed), startedAt: 0, until: lifetime, ended: true }
}

const lifetimes = Array.from({ length: 12 }, (_, n) => 160 + 10 * ((n * 5) % 12))
const fleet = lifetimes.map(ended)
const model = fitHealthModel(fleet, metrics)
if (model === undefined) throw new Error('no model')

describe('the health index', () => {
  test('falls from about 100 to about 0, and its contributions add up to the loss', () => {
    const [young, old] = [50, 218].map((until) => estimateHealth(model, lifeOf(220, 99, until), 0))
    expect(young?.index).toBeGreaterThan(80)
    expect(old?.index).toBeLessThan(20)
    for (const { index = 0, contributions = {} } of [young, old].flatMap((each) => each ?? [])) {
      const loss = Object.values(contributions).reduce((sum, own) => sum + own, 0)
      expect(loss).toBeCloseTo(100 - index, 6)
    }
  })

  test('tells which metrics take most from it', () => {
    const { contributions } = estimateHealth(model, lifeOf(220, 99, 210), 0)
    const { heat = 0, noise: ofNoise = 0, humidity = 0 } = contributions
    expect(heat).toBeGreaterThan(10)
    expect(ofNoise).toBeGreaterThan(10)
    expect(Math.abs(humidity)).toBeLessThan(5)
  })
})

describe('the remaining life', () => {
  test.each([140, 170, 200])('of a part that lasts 220 days, at day %i', (day) => {
    const estimate = estimateHealth(model, lifeOf(220, 99, day), 0)
    expect(Math.abs(estimate.remaining - (220 - day))).toBeLessThan(15)
    expect(estimate.p10).toBeLessThanOrEqual(estimate.remaining)
    expect(estimate.p90).toBeGreaterThanOrEqual(estimate.remaining)
    expect(estimate.isBeyondHorizon).toBe(false)
  })

  test('of a healthy part is beyond the horizon', () => {
    expect(estimateHealth(model, lifeOf(260, 99, 50), 0).isBeyondHorizon).toBe(true)
  })

  test('has intervals that contain the truth of most parts that are left out', () => {
    const cases = fleet.flatMap((history, left) => {
      const without = fitHealthModel(fleet.toSpliced(left, 1), metrics)
      return [0.5, 0.65, 0.8, 0.95].map((share) => {
        const looks = history.looks.slice(0, Math.floor(share * history.looks.length))
        const estimate = without && estimateHealth(without, looks, 0)
        const truth = history.until - (looks.at(-1)?.at ?? 0)
        return estimate !== undefined && estimate.p10 <= truth && truth <= estimate.p90
      })
    })
    expect(cases.filter(Boolean).length / cases.length).toBeGreaterThan(0.7)
  })

  test('is wider with fewer parts to learn from', () => {
    const few = fitHealthModel(fleet.slice(0, 3), metrics)
    const width = (of: typeof model) => {
      const { p10, p90 } = estimateHealth(of, lifeOf(220, 99, 180), 0)
      return p90 - p10
    }
    expect(few && width(few)).toBeGreaterThan(width(model))
  })
})

describe('lifetimes', () => {
  test('of fewer than three parts that ended give no model', () => {
    const running = fleet.slice(2).map((history) => ({ ...history, ended: false }))
    expect(fitHealthModel([...fleet.slice(0, 2), ...running], metrics)).toBeUndefined()
  })

  test('that go on count as far as what followed is known', () => {
    const running = (until: number) => ({ looks: lifeOf(400, 5, until), startedAt: 0, until, ended: false })
    // Of its first 100 days nothing is known beyond the horizon, of 300 days the first 170 are.
    expect(fitHealthModel([...fleet, running(100)], metrics)).toEqual({ ...model, running: 1 })
    const longer = fitHealthModel([...fleet, running(300)], metrics)
    expect(longer?.running).toBe(1)
    expect(longer?.moments.length).toBeGreaterThan(model.moments.length)
  })

  test('of constant metrics give a model that tells by age alone', () => {
    const constant = lifetimes.map((lifetime, seed) => ({
      ...ended(lifetime, seed),
      looks: lifeOf(lifetime, seed).map(({ at }) => ({ at, values: [1, 1, 1] })),
    }))
    const flat = fitHealthModel(constant, metrics)
    const looks = Array.from({ length: 30 }, (_, n) => ({ at: 4 * (n + 1), values: [1, 1, 1] }))
    const estimate = flat && estimateHealth(flat, looks, 0)
    expect(estimate).toMatchObject({ index: 100, contributions: {} })
    expect(estimate?.remaining).toBeGreaterThan(50)
  })
})

test('features are weighted levels and slopes', () => {
  const looks = Array.from({ length: 200 }, (_, n) => ({ at: n, values: [3 + 0.5 * n] }))
  const [short = 0, shortSlope = 0, long = 0, longSlope = 0] = featuresAt(looks, 150, 400)
  // Time constants 10 and 100: a line lags by its slope times the time constant.
  expect(short).toBeCloseTo(3 + 0.5 * (150 - 9.5), 1)
  expect(shortSlope).toBeCloseTo((0.5 * 10) / 1.05, 1)
  expect(long).toBeLessThan(short)
  expect(longSlope).toBeGreaterThan(0.5 * 70)
  expect(featuresAt(looks.slice(0, 151), 150, 400)).toEqual(featuresAt(looks, 150, 400))
})

test('similar moments predict what follows by a local line', () => {
  const moments = Array.from({ length: 50 }, (_, n) => [n / 50, 0, 0, 1 - n / 50]).flat()
  expect(remainingLifeOfSimilar([0.3, 0, 0], moments, [0.3, 1, 1])).toBeCloseTo(0.7, 2)
  // Unlike all others: their trend.
  expect(remainingLifeOfSimilar([0.9, 0, 50], moments, [0.3, 1, 1])).toBeLessThan(0.5)
})
