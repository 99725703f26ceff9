import { describe, expect, it } from 'vitest'
import type { Lifetime } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import { createLimit } from '../detectors/limit.ts'
import { forecastRul, forecastRulFromFleet, type RulForecast } from './rul-forecast.ts'

const limit = createLimit({ below: 80 })

/** Lifetime with one reading a day; it ends with the values, or after the given number of days. */
function life(value: (day: number) => number, days: number, more: Partial<Lifetime> = {}): Lifetime {
  const points = Array.from({ length: days }, (_, at) => [at * dayMs, value(at)] as const)
  return { cohort: {}, startedAt: 0, points, ...more }
}

/** The same degradation path at several rates. */
const fleet = (value: (day: number) => number, days = 500): Lifetime[] =>
  [0.9, 0.95, 1, 1.05, 1.1].map((pace, n) => life((at) => value(at * pace), days, { partId: `other-${n}` }))

const asked = (own: Lifetime, peers: readonly Lifetime[], at: number): RulForecast =>
  forecastRul(own, peers, { limit, now: at * dayMs })

/** The P50 date, in days. */
function date(rulForecast: RulForecast): number {
  if (rulForecast.is !== 'known') throw new Error(rulForecast.reason)
  return rulForecast.crossing.p50 / dayMs
}

function width(rulForecast: RulForecast): number {
  if (rulForecast.is !== 'known') throw new Error(rulForecast.reason)
  return (rulForecast.crossing.p90 - rulForecast.crossing.p10) / dayMs
}

const steady = (at: number) => 100 - 0.1 * at
const knee = (at: number) => (at < 200 ? 100 - 0.02 * at : 96 - 0.2 * (at - 200))
const slowing = (at: number) => 100 - 1.5 * Math.sqrt(at)

describe('the own forecast', () => {
  it('extrapolates a steady rate, with a narrower interval when the date is nearer', () => {
    const own = life(steady, 400)
    expect(date(asked(own, [], 100))).toBeCloseTo(200, 0)
    expect(date(asked(own, [], 180))).toBeCloseTo(200, 0)
    expect(width(asked(own, [], 180))).toBeLessThan(width(asked(own, [], 100)) / 3)
    expect(asked(own, [], 100)).toMatchObject({ is: 'known', fleetShare: 0 })
  })

  it('has a wider interval for an uneven rate or a noisy metric', () => {
    const unsure = (value: (at: number) => number) => {
      const rulForecast = asked(life(value, 150), [], 149)
      return width(rulForecast) / (date(rulForecast) - 149)
    }
    expect(unsure((at) => steady(at) + 2 * Math.sin(at / 12))).toBeGreaterThan(unsure(steady))
    expect(unsure((at) => steady(at) + ((at * 7) % 5) / 2)).toBeGreaterThan(unsure(steady))
  })

  it('handles a metric that gets worse by rising', () => {
    const own = life((at) => 100 + 2 * at, 120)
    const rulForecast = forecastRul(own, [], { limit: createLimit({ above: 400 }), now: 120 * dayMs })
    expect(date(rulForecast)).toBeCloseTo(150, 0)
    expect(rulForecast.slopePerDay).toBeCloseTo(2)
  })

  it('is not moved by a single outlier or a cleaning', () => {
    const wild = life((at) => (at === 60 || at === 99 ? 0 : steady(at)), 100)
    expect(date(asked(wild, [], 99))).toBeCloseTo(200, -1)
    const cleaned = life((at) => (at < 150 ? 100 - 0.1 * at : 98 - 0.1 * (at - 150)), 190)
    expect(date(asked(cleaned, [], 189))).toBeCloseTo(150 + 180, -1)
  })

  it('is unknown, with the reason', () => {
    const few = { is: 'unknown', reason: 'too_few_readings' }
    expect(asked(life(steady, 0), [], 10)).toEqual(few)
    expect(asked(life(steady, 3), [], 10)).toEqual(few)
    expect(
      asked(
        life(() => 95, 100),
        [],
        99,
      ),
    ).toMatchObject({ reason: 'too_little_wear', level: 95 })
    expect(
      asked(
        life((at) => 100 - 0.01 * at, 100),
        [],
        99,
      ),
    ).toMatchObject({ reason: 'too_uncertain' })
  })

  it('is now where the limit is crossed', () => {
    expect(date(asked(life(steady, 300), [], 250))).toBe(250)
  })
})

describe('the forecast with other lifetimes', () => {
  it('predicts a knee before it comes', () => {
    const own = life(knee, 150)
    expect(() => date(asked(own, [], 149))).toThrow('too_uncertain')
    expect(date(asked(own, fleet(knee), 149))).toBeGreaterThan(260)
    expect(date(asked(own, fleet(knee), 149))).toBeLessThan(300)
  })

  it('follows wear that slows down', () => {
    const own = life(slowing, 60)
    const truth = (20 / 1.5) ** 2
    expect(date(asked(own, [], 59))).toBeLessThan(0.8 * truth)
    expect(Math.abs(date(asked(own, fleet(slowing), 59)) - truth)).toBeLessThan(0.1 * truth)
  })

  it('works with whole numbers read once a month', () => {
    const monthly = (pace: number): Lifetime => ({
      cohort: {},
      startedAt: 0,
      points: Array.from(
        { length: 40 },
        (_, n) => [n * 30 * dayMs, Math.round(100 - 0.7 * pace * n)] as const,
      ),
    })
    const peers = [0.8, 0.9, 1.1, 1.2].map(monthly)
    const truth = monthly(1).points.find(([, value]) => value < 80)?.[0] ?? 0
    expect(Math.abs(date(asked(monthly(1), peers, 600)) - truth / dayMs)).toBeLessThan(90)
  })

  it('is later with lifetimes censored before the limit', () => {
    const own = life(steady, 100)
    const finished = fleet(steady)
    const lasting = Array.from({ length: 5 }, () => life((at) => (at < 120 ? steady(at) : 88), 700))
    expect(date(asked(own, [...finished, ...lasting], 99))).toBeGreaterThan(
      date(asked(own, finished, 99)) + 30,
    )
  })

  it('has a narrow interval where lifetimes agree, a wide one where they differ', () => {
    const own = life(steady, 100)
    const alike = fleet(steady).map(({ cohort }) => life(steady, 400, { cohort }))
    expect(width(asked(own, fleet(steady), 99))).toBeGreaterThan(2 * width(asked(own, alike, 99)))
  })

  it('interpolates a dose from those around it', () => {
    const dosed = (dose: number) => life((at) => 100 - 0.05 * dose * at, 900, { cohort: { dose } })
    const peers = [1, 1, 1, 3, 3, 3, 4, 4, 4].map(dosed)
    expect(date(asked(dosed(2), peers, 50))).toBeCloseTo(200, -2)
  })

  it('uses the time from the present level for a part first seen worn', () => {
    const { startedAt: _, ...late } = life((at) => 85 - 0.1 * at, 10)
    const rulForecast = forecastRulFromFleet(late, fleet(steady), { limit, now: 9 * dayMs })
    expect(date(rulForecast)).toBeGreaterThan(35)
    expect(date(rulForecast)).toBeLessThan(65)
  })

  it('is the own forecast where no lifetime covers most of the remaining path', () => {
    const own = life(steady, 120)
    const young = [life(steady, 20), life(steady, 25)]
    expect(asked(own, young, 110)).toEqual(asked(own, [], 110))
    expect(forecastRulFromFleet(own, young, { limit, now: 110 * dayMs }).is).toBe('unknown')
  })
})

describe('leakage and robustness', () => {
  it('ignores everything after now', () => {
    const own = life(knee, 400)
    const peers = fleet(steady)
    for (const at of [50, 150, 210]) {
      const seen = { ...own, points: own.points.slice(0, at + 1) }
      expect(asked(own, peers, at)).toEqual(asked(seen, peers, at))
    }
  })

  it('never uses a lifetime to forecast itself', () => {
    // A fleet model has the lifetime of a running part until then.
    const own = life(knee, 101, { partId: 'own' })
    const others = fleet(steady)
    const rulForecast = asked(own, [own, ...others], 100)
    expect(date(rulForecast)).toBeCloseTo(date(asked(own, others, 100)), -2)
    expect(forecastRulFromFleet(own, [own], { limit, now: 100 * dayMs }).is).toBe('unknown')
  })

  it('handles invalid values', () => {
    const noise = (n: number) =>
      life((at) => ((at * 7919 + n * 104729) % 1000) / 5, 60, { partId: `noise-${n}` })
    const peers = [
      noise(1),
      noise(2),
      life(() => 0, 5),
      life(steady, 0),
      { cohort: {}, points: [[5, 90] as const] },
    ]
    for (const own of [noise(3), life(() => 1e9, 30), life(() => -1e9, 30)]) {
      for (const at of [0, 2, 10, 59, 500]) {
        const rulForecast = asked(own, peers, at)
        if (rulForecast.is === 'unknown') continue
        const { p10, p50, p90 } = rulForecast.crossing
        expect(p10).toBeGreaterThanOrEqual(at * dayMs)
        expect(p50).toBeGreaterThanOrEqual(p10)
        expect(p90).toBeGreaterThanOrEqual(p50)
      }
    }
  })
})

describe('calibration', () => {
  it('covers about eight in ten lifetimes from P10 to P90', () => {
    const lives = wornByChance(40)
    const held = lives.flatMap((own) => {
      const truth = own.points.find(([, value]) => value < 80)?.[0] ?? 0
      const peers = lives.filter((other) => other !== own).slice(0, 12)
      return [0.3, 0.5, 0.7, 0.9].map((share) => {
        const rulForecast = asked(own, peers, Math.floor((share * truth) / dayMs))
        return (
          rulForecast.is === 'known' && rulForecast.crossing.p10 <= truth && truth <= rulForecast.crossing.p90
        )
      })
    })
    const share = held.filter(Boolean).length / held.length
    expect(share).toBeGreaterThan(0.75)
    expect(share).toBeLessThan(0.92)
  })
})

/** Lifetimes of different rates that wear in steps, by a linear congruential generator: the same each time. */
function wornByChance(count: number): Lifetime[] {
  let seed = 1
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed / 2 ** 31
  }
  return Array.from({ length: count }, () => {
    const pace = 0.05 * Math.exp((random() + random() + random() - 1.5) / 2)
    let value = 100
    return life(() => {
      value -= 13 * pace * random() ** 12
      return Math.round(value * 10) / 10
    }, 1500)
  })
}
