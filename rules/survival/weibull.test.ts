import { expect, test } from 'vitest'
import { fitCohortWeibulls, fitWeibull } from './fit-weibull.ts'
import type { ObservedLifetime } from './observed-lifetime.ts'

/** Uniform numbers of a fixed sequence (Park and Miller). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const weibullAge = (random: () => number, { shape, scale }: { shape: number; scale: number }) =>
  scale * (-Math.log(random())) ** (1 / shape)

function sample(count: number, { shape = 2.5, scale = 1_000, until = 800, seed = 1 }): ObservedLifetime[] {
  const random = randomNumbers(seed)
  return Array.from({ length: count }, () => {
    const age = weibullAge(random, { shape, scale })
    return age < until ? { age, failed: true } : { age: until, failed: false }
  })
}

test('shape, scale and B10 of many lifetimes, half of them censored', () => {
  const fit = fitWeibull(sample(4_000, {}))
  expect(fit.shape.value).toBeCloseTo(2.5, 0)
  expect(fit.scale.value / 1_000).toBeCloseTo(1, 1)
  expect(fit.quantile(0.1).value / (1_000 * 0.10536 ** 0.4)).toBeCloseTo(1, 1)
  expect(fit.shape.upper - fit.shape.lower).toBeLessThan(0.25)
})

test('the bounds contain the truth in about 80 % of small samples', () => {
  const inside = { shape: 0, b10: 0 }
  const truth = 1_000 * 0.10536 ** 0.5
  for (let seed = 1; seed <= 300; seed++) {
    const fit = fitWeibull(sample(25, { shape: 2, seed, until: 700 }))
    const b10 = fit.quantile(0.1)
    if (fit.shape.lower <= 2 && 2 <= fit.shape.upper) inside.shape++
    if (b10.lower <= truth && truth <= b10.upper) inside.b10++
  }
  expect(inside.shape / 300).toBeGreaterThan(0.74)
  expect(inside.shape / 300).toBeLessThan(0.9)
  expect(inside.b10 / 300).toBeGreaterThan(0.74)
  expect(inside.b10 / 300).toBeLessThan(0.9)
})

test.each([0, 1, 2])('with %i failures it says how little it knows', (failures) => {
  const fit = fitWeibull(Array.from({ length: 40 }, (_, n) => ({ age: 300 + 10 * n, failed: n < failures })))
  const { value, lower, upper } = fit.quantile(0.1)
  expect(lower).toBeGreaterThan(0)
  expect(value).toBeLessThan(upper)
  expect(upper / lower).toBeGreaterThan(2)
  expect(fit.shape.upper / fit.shape.lower).toBeGreaterThan(2)
  expect(fit.survival(300)).toBeGreaterThan(0.85)
})

test('parts that were hardly observed are not expected to fail at once', () => {
  const seenToday = Array.from({ length: 30 }, (_, n) => {
    const age = 600 + 10 * n
    return { age, enteredAt: age - 0.01, failed: false, cohort: n % 2 === 0 ? 'a' : 'b' }
  })
  const { pooled, cohorts } = fitCohortWeibulls(seenToday)
  for (const fit of [pooled, cohorts.get('a') ?? pooled]) {
    const { value, lower, upper } = fit.quantile(0.5)
    expect(value).toBeGreaterThan(500)
    expect(upper / lower).toBeGreaterThan(10)
    // Of thirty parts within a month: at their mean age it is one of 25 if all of them last as long again.
    expect(fit.expectedFailures(seenToday, 30).value).toBeLessThan(3)
  }
})

test('no lifetimes at all give the prior', () => {
  expect(fitWeibull([]).shape.value).toBeCloseTo(1, 1)
})

test('parts that failed before they could be seen do not flatter the scale', () => {
  const random = randomNumbers(3)
  const late = Array.from({ length: 6_000 }, () => ({
    age: weibullAge(random, { shape: 2, scale: 1_000 }),
    failed: true,
    enteredAt: 900 * random(),
  })).filter(({ age, enteredAt }) => age > enteredAt)
  expect(fitWeibull(late).scale.value / 1_000).toBeCloseTo(1, 1)
  expect(fitWeibull(late.map(({ age, failed }) => ({ age, failed }))).scale.value).toBeGreaterThan(1_080)
})

test('a lifetime of weight 3 counts as three, and equal weights for all change nothing', () => {
  const some = sample(60, {})
  const tripled = fitWeibull(some.map((each, n) => (n < 20 ? { ...each, weight: 3 } : each)))
  const repeated = fitWeibull(some.flatMap((each, n) => (n < 20 ? [each, each, each] : [each])))
  expect(tripled.shape.value / repeated.shape.value).toBeCloseTo(1, 1)
  expect(fitWeibull(some.map((each) => ({ ...each, weight: 30 }))).shape).toEqual(fitWeibull(some).shape)
})

test('the unit of the ages makes no difference', () => {
  const some = sample(30, {})
  const hours = fitWeibull(some).quantile(0.5)
  const ms = fitWeibull(some.map((each) => ({ ...each, age: each.age * 3_600_000 }))).quantile(0.5)
  expect(ms.value / 3_600_000 / hours.value).toBeCloseTo(1, 6)
})

test('density and survival belong to one distribution', () => {
  const fit = fitWeibull(sample(15, {}))
  const slope = (fit.survival(499.5) - fit.survival(500.5)) / 1
  expect(Math.exp(fit.logDensity(500)) / slope).toBeCloseTo(1, 4)
})

test('a cohort with few failures is drawn towards the others as far as they are alike', () => {
  const alike = ['a', 'b', 'c', 'd'].flatMap((cohort, n) =>
    sample(60, { seed: n + 1 }).map((each) => ({ ...each, cohort })),
  )
  const few = sample(4, { seed: 9, scale: 500 }).map((each) => ({ ...each, cohort: 'few' }))
  const different = ['a', 'b', 'c', 'd'].flatMap((cohort, n) =>
    sample(60, { seed: n + 1, scale: 250 * 2 ** n, until: 9_000 }).map((each) => ({ ...each, cohort })),
  )
  const b50 = (lifetimes: readonly ObservedLifetime[], cohort: string) => {
    const { cohorts, unseen } = fitCohortWeibulls(lifetimes)
    return (cohorts.get(cohort) ?? unseen).quantile(0.5)
  }
  const own = fitWeibull(few).quantile(0.5)
  expect(b50([...alike, ...few], 'few').value).toBeGreaterThan(own.value)
  expect(b50(different, 'a').value).toBeLessThan(280)
  expect(b50(different, 'd').value).toBeGreaterThan(1_400)
  const unseen = b50(different, 'unheard of')
  expect(unseen.upper / unseen.lower).toBeGreaterThan(4)
  const known = b50(alike, 'unheard of')
  expect(known.upper / known.lower).toBeLessThan(2)
})

test('expected failures of running parts', () => {
  const fit = fitWeibull(sample(4_000, {}))
  const share = 1 - Math.exp(0.5 ** 2.5 - 0.6 ** 2.5)
  const { value, lower, upper } = fit.expectedFailures(
    Array.from({ length: 200 }, () => ({ age: 500 })),
    100,
  )
  expect(value / (200 * share)).toBeCloseTo(1, 1)
  expect(lower).toBeGreaterThan(10)
  expect(upper).toBeLessThan(35)
  expect(fit.failureWithin(500, 100)).toBeCloseTo(share, 2)
})

test.each([
  [{ age: -1, failed: true }, /lifetime 1: the age -1 must be a number from 0 on/],
  [{ age: Number.NaN, failed: true }, /the age NaN/],
  [{ age: 5, failed: true, enteredAt: 5 }, /first observed at the age 5/],
  [{ age: 5, failed: true, weight: -2 }, /the weight -2/],
])('%o is rejected', (lifetime, message) => {
  expect(() => fitWeibull([lifetime])).toThrow(message)
})

test('a failure at the age 0 is possible', () => {
  expect(
    fitWeibull([
      { age: 0, failed: true },
      { age: 10, failed: true },
    ]).scale.value,
  ).toBeGreaterThan(0)
})
