import type { Lifetime } from '../../contract/lifetime.ts'
import type { Limit } from '../../rules/detectors/limit.ts'
import type { ForecastMethod } from './baselines/baselines.ts'
import type { PrognosisTask, RecordedLifetime } from './prognosis-dataset.ts'
import type { ForecastAnswer, ScoredForecast } from './scored-forecast.ts'

/** A recorded lifetime with the forecasts of each method. */
export interface ForecastRun {
  recorded: RecordedLifetime
  limit: Limit
  forecasts: readonly RunForecast[]
}

interface RunForecast {
  at: number
  /** By name of the method. */
  answers: Readonly<Record<string, ForecastAnswer>>
}

/**
 * Run each method at each forecast time of a lifetime. No method sees a later point of this lifetime.
 * @param peers training data: other lifetimes, never this one
 */
export function runForecasts(
  recorded: RecordedLifetime,
  peers: readonly Lifetime[],
  { limit, methods }: { limit: Limit; methods: Readonly<Record<string, ForecastMethod>> },
): ForecastRun {
  const forecasts = recorded.forecastTimes.map((at): RunForecast => {
    const own = { ...recorded.lifetime, points: recorded.lifetime.points.filter(([ts]) => ts <= at) }
    const answers = Object.entries(methods).map(([name, method]) => [
      name,
      method(own, peers, { limit, now: at }),
    ])
    return { at, answers: Object.fromEntries(answers) }
  })
  return { recorded, limit, forecasts }
}

/** Return the training lifetimes of a unit: all of a task except its own. */
export function otherLifetimes(unit: string, { lifetimes }: PrognosisTask): Lifetime[] {
  return lifetimes.filter((other) => other.unit !== unit).map(({ lifetime }) => lifetime)
}

/** Return the forecasts of a method on lifetimes with a known event. */
export function scoredForecastsOf(runs: readonly ForecastRun[], method: string): ScoredForecast[] {
  return runs.flatMap(({ recorded: { unit, lifetime, event }, limit, forecasts }) =>
    event === undefined
      ? []
      : forecasts.flatMap(({ at, answers }): ScoredForecast[] => {
          const answer = answers[method]
          const lifetimeMs = event - (lifetime.startedAt ?? lifetime.points[0]?.[0] ?? event)
          return answer === undefined
            ? []
            : [{ lifetimeId: `${unit} ${limit.value}`, forecastAt: at, answer, event, lifetimeMs }]
        }),
  )
}
