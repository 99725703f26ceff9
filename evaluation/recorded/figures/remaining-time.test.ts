import { expect, it } from 'vitest'
import { dayMs } from '../../../lib/time.ts'
import { bandsOfDays, bandsOfLifetime, metricsByRemainingTime } from './remaining-time.ts'
import type { ScoredForecast } from './scored-forecast.ts'

/** A forecast so many days before an event on day 400, off by so many days. */
const before = (days: number, off: number): ScoredForecast => ({
  unit: 'a',
  lifetimeId: 'a',
  forecastAt: (400 - days) * dayMs,
  answer: { is: 'date', p50: (400 + off) * dayMs },
  event: 400 * dayMs,
  lifetimeMs: 400 * dayMs,
})

it('bands of days begin with their lower end, and the last one ends at the event', () => {
  const scored = [before(300, 7), before(180, 1), before(179, 2), before(30, 3), before(29, 4), before(1, 6)]
  const bands = metricsByRemainingTime(scored, bandsOfDays)
  expect([...bands].map(([title, { forecasts, bias }]) => [title, forecasts, (bias ?? 0) / dayMs])).toEqual([
    ['over 180 days', 2, 4],
    ['90–180 days', 1, 2],
    ['30–90 days', 1, 3],
    ['under 30 days', 2, 5],
  ])
})

it('bands of the lifetime are shares, and a band without forecasts is left out', () => {
  const bands = metricsByRemainingTime([before(250, 1), before(20, 1)], bandsOfLifetime)
  expect([...bands.keys()]).toEqual(['over 50 %', 'under 10 %'])
})
