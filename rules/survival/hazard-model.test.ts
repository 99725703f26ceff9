import { expect, test } from 'vitest'
import type { HazardModel } from '../../contract/hazard-model.ts'
import { failureProbability, fitHazardModel, type HazardLook, hazardContributions } from './hazard-model.ts'

/** Uniform numbers of a fixed sequence (Park and Miller). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Parts looked at every 30 days: errors begin at some time, and raise the monthly failure rate from 1 to 20 %. */
function fleet(parts: number, seed = 1): HazardLook[] {
  const random = randomNumbers(seed)
  return Array.from({ length: parts }).flatMap((_, part) => {
    const errorsFrom = random() < 0.3 ? 30 * Math.floor(24 * random()) : Number.POSITIVE_INFINITY
    const cohort = part % 2 === 0 ? 'A' : 'B'
    const ages: number[] = []
    let [failed, until] = [false, 720]
    for (let age = 0; age < 720; age += 30) {
      ages.push(age)
      if (random() >= (age >= errorsFrom ? 0.2 : 0.01)) continue
      ;[failed, until] = [true, age + 30 * random()]
      break
    }
    return ages.map((age): HazardLook => {
      const level = age >= errorsFrom ? 1 + (age - errorsFrom) / 10 : 0
      const before = age - 90 >= errorsFrom ? 1 + (age - 90 - errorsFrom) / 10 : 0
      const errors = { level, increase: level - before }
      return { age, until, failed, cohort, counters: { errors, starts: { level: age, increase: 90 } } }
    })
  })
}

const options = { counters: ['errors', 'starts', 'never'], interval: 30, horizons: [7, 90] }
const state = (level: number) => ({
  age: 360,
  cohort: 'A',
  counters: { errors: { level, increase: Math.min(level, 9) }, starts: { level: 360, increase: 90 } },
})

test('errors raise the probability as in the fleet, and it adds up on other parts', () => {
  const model = fitHazardModel(fleet(800), options)
  expect(failureProbability(model, state(0))).toBeLessThan(0.02)
  expect(failureProbability(model, state(10))).toBeGreaterThan(0.12)
  let [expected, observed] = [0, 0]
  for (const look of fleet(800, 5)) {
    expected += failureProbability(model, look)
    observed += look.failed && look.until - look.age <= 30 ? 1 : 0
  }
  expect(expected / observed).toBeGreaterThan(0.85)
  expect(expected / observed).toBeLessThan(1.15)
  expect(hazardContributions(model, state(10)).errors).toBeGreaterThan(1)
})

test('the horizons are in order and calibrated each by itself', () => {
  const model = fitHazardModel(fleet(800), options)
  const [week = 0, month = 0, quarter = 0] = [7, 30, 90].map((within) =>
    failureProbability(model, state(10), within),
  )
  expect(week).toBeLessThan(month)
  expect(month).toBeLessThan(quarter)
  expect(week).toBeGreaterThan(0.02)
  expect(quarter).toBeLessThan(0.7)
  expect(failureProbability(model, state(10), 60)).toBeGreaterThan(month)
})

test('a counter that no part had, that never changed, or that this part has not sent, changes nothing', () => {
  const model = fitHazardModel(
    fleet(200).map((look) => ({
      ...look,
      counters: { ...look.counters, constant: { level: 5, increase: 0 } },
    })),
    { ...options, counters: [...options.counters, 'constant'] },
  )
  const plain = failureProbability(model, state(10))
  const strange = { ...state(10).counters, never: { level: 1e9, increase: 1e9 } }
  expect(failureProbability(model, { ...state(10), counters: strange })).toBe(plain)
  const silent = failureProbability(model, { age: 360, cohort: 'A', counters: {} })
  expect(silent).toBeGreaterThan(failureProbability(model, state(0)))
  expect(silent).toBeLessThan(plain)
})

test('an unknown cohort is between the known ones', () => {
  const looks = fleet(400).filter(({ cohort, failed, age }) => cohort === 'A' || !failed || age % 60 === 0)
  const model = fitHazardModel(looks, options)
  const [a, b, other] = ['A', 'B', 'C'].map((cohort) => failureProbability(model, { ...state(0), cohort }))
  expect([a, b].sort()[0]).toBeLessThan(other ?? 0)
  expect([a, b].sort()[1]).toBeGreaterThan(other ?? 1)
})

test('age alone, and nothing at all', () => {
  const byAge = fitHazardModel(fleet(300), { counters: [], interval: 30 })
  expect(failureProbability(byAge, { age: 100, counters: {} })).toBeGreaterThan(0.005)
  expect(failureProbability(byAge, { age: 100, counters: {} })).toBeLessThan(0.1)
  const none = fitHazardModel([], options)
  expect(Number.isFinite(failureProbability(none, state(10)))).toBe(true)
  expect(none).toMatchObject({ looks: 0, failures: 0 })
})

test('weights count as copies do, and large ones do not make it surer', () => {
  const looks = fleet(100)
  const [one, many] = [1, 35].map((weight) =>
    fitHazardModel(
      looks.map((look) => ({ ...look, weight })),
      options,
    ),
  )
  expect(many?.coefficients).toEqual(one?.coefficients.map((each) => expect.closeTo(each, 6)))
})

test('the model is plain data', () => {
  const model = fitHazardModel(fleet(60), options)
  const copy = JSON.parse(JSON.stringify(model)) as HazardModel
  expect(failureProbability(copy, state(3), 7)).toBe(failureProbability(model, state(3), 7))
})
