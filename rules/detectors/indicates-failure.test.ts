import { expect, it } from 'vitest'
import type { Evidence } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import { shippedDetectors } from '../testing/rules.ts'

const now = Date.parse('2026-06-10')
const points: Evidence['points'] = []
const crossing = (days: number) => {
  const p50 = now + days * dayMs
  return { p10: p50 - dayMs, p50, p90: p50 + dayMs }
}

it.each<[string, Evidence, boolean]>([
  ['silence', { detector: 'silence', lastSeen: now, points }, true],
  ['a value beyond a threshold', { detector: 'threshold', value: 50, limit: 45, points }, true],
  [
    'a date to come, by a detector that has another name now',
    { detector: 'trend', value: 84, limit: 80, crossing: crossing(20), points },
    false,
  ],
  ['a date to come', { detector: 'forecast', value: 84, limit: 80, crossing: crossing(20), points }, false],
  [
    'a date that is over',
    { detector: 'forecast', value: 80, limit: 80, crossing: crossing(0), points },
    true,
  ],
  [
    'a falling value below its limit, whatever the date',
    { detector: 'forecast', value: 79, limit: 80, slopePerDay: -0.1, crossing: crossing(2), points },
    true,
  ],
  [
    'a rising value below its limit',
    { detector: 'forecast', value: 2, limit: 2.5, slopePerDay: 0.1, crossing: crossing(2), points },
    false,
  ],
  ['a drop without a date', { detector: 'drop', value: 1200, limit: 1317, baseline: 1550, points }, true],
  ['use to come', { detector: 'usage', value: 280, limit: 300, crossing: crossing(10), points }, false],
  ['a part used up', { detector: 'usage', value: 300, limit: 300, crossing: crossing(0), points }, true],
  ['a drift', { detector: 'drift', value: 48, baseline: 38, points }, false],
  ['peers', { detector: 'cohort', value: 44, baseline: 25, points }, false],
  ['the calendar', { detector: 'calendar', points }, false],
  ['a calendar date that has passed', { detector: 'calendar', crossing: crossing(0), points }, false],
  ['a detector that is not installed any more', { detector: 'range', value: 9, points }, true],
  [
    'what the part of a combination said that spoke',
    {
      detector: 'any',
      metric: 'a',
      value: 9,
      limit: 8,
      parts: [
        { detector: 'forecast', metric: 'a', value: 7, limit: 8, crossing: crossing(5), points },
        { detector: 'threshold', metric: 'a', value: 9, limit: 8, points },
      ],
      points,
    },
    true,
  ],
  [
    'a combination of what is early',
    {
      detector: 'all',
      metric: 'a',
      value: 7,
      limit: 8,
      crossing: crossing(5),
      parts: [
        { detector: 'forecast', metric: 'a', value: 7, limit: 8, crossing: crossing(5), points },
        { detector: 'threshold', metric: 'a', value: 7, limit: 6, points },
      ],
      points,
    },
    false,
  ],
  ['a sensor', { detector: 'sensor', reason: 'frozen', points }, false],
])('%s', (_what, evidence, expected) => {
  expect(shippedDetectors.indicatesFailure(evidence, now)).toBe(expected)
})
