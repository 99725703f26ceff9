import { describe, expect, it } from 'vitest'
import type { Lifetime } from '../../../contract/lifetime.ts'
import { dayMs } from '../../../lib/time.ts'
import { createLimit } from '../../detectors/limit.ts'
import { LifetimeSample } from '../../fleet-model/lifetime-sample.ts'
import { forecastRul, type RulForecast } from '../rul-forecast.ts'
import { normalQuantile } from '../statistics/normal-distribution.ts'

const limit = createLimit({ below: 80 })
const everyDays = 15

interface Part {
  partId: string
  startDay: number
  lifeDays: number
  cohort?: Lifetime['cohort']
}

/** Wears from 100 to 80 along a shape, with one reading every 15 days until a day, or just past its end. */
function lifetimeOf(
  { partId, startDay, lifeDays, cohort = {} }: Part,
  until: number,
  shape = (x: number) => x,
) {
  const points: [number, number][] = []
  const last = Math.min(until, startDay + lifeDays + everyDays)
  for (let day = startDay; day <= last; day += everyDays)
    points.push([day * dayMs, 100 - 20 * shape((day - startDay) / lifeDays)])
  return { partId, cohort, startedAt: startDay * dayMs, points }
}

/** Parts installed within 200 days; lives log-normal around 1,000 days, quantiles in place of random numbers. */
function youngFleet(count: number): Part[] {
  return Array.from({ length: count }, (_, n) => ({
    partId: `device-${n}/0`,
    startDay: (n * 83) % 200,
    lifeDays: 1_000 * Math.exp(0.29 * normalQuantile((((n * 277) % count) + 0.5) / count)),
  }))
}

function daysLeft(forecast: RulForecast, now: number) {
  if (forecast.is !== 'known') throw new Error(forecast.reason)
  const { p10, p50, p90 } = forecast.crossing
  return { p10: p10 / dayMs - now, p50: p50 / dayMs - now, p90: p90 / dayMs - now }
}

describe('in a young fleet, where only short lives have ended', () => {
  it.each([
    ['linear', 800, (x: number) => x],
    ['linear', 1_000, (x: number) => x],
    ['accelerating', 1_000, (x: number) => x * x],
    ['slowing', 1_000, Math.sqrt],
  ] as const)('%s wear is not forecast too early on day %d', (_, now, shape) => {
    const sample = new LifetimeSample()
    const parts = youngFleet(600)
    for (const part of parts) {
      const lifetime = lifetimeOf(part, now, shape)
      const isCompleted = part.startDay + part.lifeDays < now
      if (isCompleted || sample.countRunning(part.partId))
        sample.add({ lifetimeKey: 'k/c/m', lifetime, isCompleted })
    }
    const peers = sample.lifetimes()
    const running = parts.filter(({ startDay, lifeDays }) => startDay + lifeDays > now + 30).slice(0, 100)
    let [bias, covered] = [0, 0]
    for (const part of running) {
      const last = now - ((now - part.startDay) % everyDays)
      const { p10, p50, p90 } = daysLeft(
        forecastRul(lifetimeOf(part, now, shape), peers, { limit, now: last * dayMs }),
        last,
      )
      const left = part.startDay + part.lifeDays - last
      bias += (p50 - left) / running.length
      if (p10 <= left && left <= p90) covered += 1
    }
    expect(Math.abs(bias)).toBeLessThan(30)
    expect(covered / running.length).toBeGreaterThan(0.6)
  })
})

describe('a part that no other is like', () => {
  const peers = [0.8, 0.9, 1, 1.1, 1.2].map((pace, n) =>
    lifetimeOf(
      { partId: `slow-${n}/0`, startDay: 0, lifeDays: 1_000 * pace, cohort: { kind: 'slow' } },
      2_000,
    ),
  )
  const ask = (kind: string, lifeDays: number, now: number) => {
    const own = lifetimeOf({ partId: 'own/0', startDay: 0, lifeDays, cohort: { kind } }, now)
    return daysLeft(forecastRul(own, peers, { limit, now: now * dayMs }), now)
  }

  it('is forecast by its own rate of wear, not by theirs', () => {
    const { p50 } = ask('fast', 250, 90)
    expect(Math.abs(p50 - 160)).toBeLessThan(0.3 * 160)
  })

  it('has a wider interval than one of theirs with the same path', () => {
    const width = ({ p10, p90 }: ReturnType<typeof ask>) => p90 - p10
    expect(width(ask('fast', 1_000, 450))).toBeGreaterThan(1.5 * width(ask('slow', 1_000, 450)))
  })
})
