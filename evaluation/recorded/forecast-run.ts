import type { Limit } from '../../rules/detectors/limit.ts'
import type { ForecastMethod } from './baselines/forecast-method.ts'
import type { ForecastAnswer, ScoredForecast } from './figures/scored-forecast.ts'
import type { TrainingAt } from './holdouts/holdout.ts'
import type { RecordedLifetime } from './prognosis-dataset.ts'

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

export interface RunOptions {
  limit: Limit
  methods: Readonly<Record<string, ForecastMethod>>
  /** Times of the forecasts, ms; by default those of the recorded lifetime. */
  times?: readonly number[]
}

/**
 * Run each method at each forecast time of a lifetime. No method sees a later point of this lifetime.
 * @param trainingAt other lifetimes to learn from, never this one
 */
export function runForecasts(
  recorded: RecordedLifetime,
  trainingAt: TrainingAt,
  { limit, methods, times = recorded.forecastTimes }: RunOptions,
): ForecastRun {
  const forecasts = times.map((at): RunForecast => {
    const own = { ...recorded.lifetime, points: recorded.lifetime.points.filter(([ts]) => ts <= at) }
    const training = trainingAt(at)
    const answers = Object.entries(methods).map(([name, method]) => [
      name,
      method(own, training, { limit, now: at }),
    ])
    return { at, answers: Object.fromEntries(answers) }
  })
  return { recorded, limit, forecasts }
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
            : [{ unit, lifetimeId: `${unit} ${limit.value}`, forecastAt: at, answer, event, lifetimeMs }]
        }),
  )
}
