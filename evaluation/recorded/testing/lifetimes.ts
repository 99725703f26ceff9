import { createLimit } from '../../../rules/detectors/limit.ts'
import type { ForecastAnswer } from '../figures/scored-forecast.ts'
import type { ForecastRun } from '../forecast-run.ts'
import { dayUnit, type RecordedLifetime } from '../prognosis-dataset.ts'
import type { ScoredDataset } from '../score-dataset.ts'

const day = dayUnit.ms

/** Return a lifetime that falls by one each day from 100, with forecasts on the last ten days before day 21. */
export function decliningLifetime(unit: string): RecordedLifetime {
  const points = Array.from({ length: 30 }, (_, n) => [n * day, 100 - n] as const)
  const forecastTimes = Array.from({ length: 10 }, (_, n) => (11 + n) * day)
  return { unit, lifetime: { cohort: {}, startedAt: 0, points }, event: 21 * day, forecastTimes }
}

/** Return a run with given errors of each method at each forecast time, days; undefined is a withheld forecast. */
export function runWith(
  recorded: RecordedLifetime,
  offBy: Readonly<Record<string, (at: number) => number | undefined>>,
): ForecastRun {
  const forecasts = recorded.forecastTimes.map((at) => {
    const answers = Object.entries(offBy).map(([method, off]) => [method, answerOf(off(at / day))] as const)
    return { at, answers: Object.fromEntries(answers) }
  })
  return { recorded, limit: createLimit({ below: 80 }), forecasts }
}

function answerOf(off: number | undefined): ForecastAnswer {
  if (off === undefined) return { is: 'withheld', why: 'too_uncertain' }
  const p50 = (21 + off) * day
  return { is: 'date', p10: p50 - 2 * day, p50, p90: p50 + 2 * day }
}

export function scoredDataset(
  runs: readonly ForecastRun[],
  invalidRuns: readonly ForecastRun[] = [],
): ScoredDataset {
  const set: ScoredDataset['dataset'] = {
    name: 'made_up',
    title: 'Made <up>',
    time: dayUnit,
    isOnCalendar: true,
    baselines: { windowMs: day, sameCohort: [] },
    read: async () => [],
  }
  return { dataset: set, runs, furtherRuns: [], holdouts: [], invalidRuns }
}
