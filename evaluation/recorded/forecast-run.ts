import type { Lifetime } from '../../contract/lifetime.ts'
import type { Limit } from '../../rules/detectors/limit.ts'
import type { ForecastMethod } from './baselines/baselines.ts'
import type { PrognosisTask, RecordedLifetime } from './prognosis-dataset.ts'
import type { ForecastAnswer, ScoredForecast } from './scored-forecast.ts'

/** A recorded life, and what each method said at its moments. */
export interface ForecastRun {
  recorded: RecordedLifetime
  limit: Limit
  forecasts: readonly RunForecast[]
}

interface RunForecast {
  at: number
  /** By the method's name. */
  answers: Readonly<Record<string, ForecastAnswer>>
}

/**
 * Asks each method at each moment of a life. None sees anything of the life itself that is later than the moment.
 * @param peers the lives that teach; the life itself is not among them
 */
export function runForecasts(
  recorded: RecordedLifetime,
  peers: readonly Lifetime[],
  { limit, methods }: { limit: Limit; methods: Readonly<Record<string, ForecastMethod>> },
): ForecastRun {
  const asked = recorded.forecastTimes.map((at): RunForecast => {
    const own = { ...recorded.lifetime, points: recorded.lifetime.points.filter(([ts]) => ts <= at) }
    const answers = Object.entries(methods).map(([name, method]) => [
      name,
      method(own, peers, { limit, now: at }),
    ])
    return { at, answers: Object.fromEntries(answers) }
  })
  return { recorded, limit, forecasts: asked }
}

/** The lives that teach a unit: all of a trial but its own. */
export function otherLifetimes(unit: string, { lifetimes: lives }: PrognosisTask): Lifetime[] {
  return lives.filter((other) => other.unit !== unit).map(({ lifetime: life }) => life)
}

/** What a method said of lives of which the event is known. */
export function scoredForecastsOf(runs: readonly ForecastRun[], method: string): ScoredForecast[] {
  return runs.flatMap(({ recorded: { unit, lifetime: life, event }, limit, forecasts: asked }) =>
    event === undefined
      ? []
      : asked.flatMap(({ at, answers }): ScoredForecast[] => {
          const answer = answers[method]
          const lifetime = event - (life.startedAt ?? life.points[0]?.[0] ?? event)
          return answer === undefined
            ? []
            : [{ lifetimeId: `${unit} ${limit.value}`, forecastAt: at, answer, event, lifetimeMs: lifetime }]
        }),
  )
}
