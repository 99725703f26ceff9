import { type ForecastRun, runForecasts } from '../forecast-run.ts'
import { forewarn } from '../methods.ts'
import type { Holdout, Subject } from './holdout.ts'

/** Forecasts of the product under one hold-out, on lifetimes with an event. */
export interface HoldoutRuns {
  holdout: Holdout
  runs: readonly ForecastRun[]
}

/**
 * Run the product's forecast under each hold-out. One that leaves out the same as a hold-out before it is skipped.
 */
export function runHoldouts(
  subjects: readonly Subject[],
  holdouts: readonly Holdout[],
  onPart: (done: number) => void,
): HoldoutRuns[] {
  const ended = subjects.filter(({ recorded }) => recorded.event !== undefined)
  const different = holdouts.filter(
    (one, index) => !holdouts.slice(0, index).some((other) => isSameTraining(one, other, ended)),
  )
  return different.map((holdout, index) => {
    onPart(index / different.length)
    const runs = ended.map((subject) =>
      runForecasts(subject.recorded, holdout.trainingFor(subject), {
        limit: subject.limit,
        methods: { forewarn },
      }),
    )
    return { holdout, runs }
  })
}

function isSameTraining(one: Holdout, other: Holdout, subjects: readonly Subject[]): boolean {
  return subjects.every((subject) => {
    const [trainingAt, otherTrainingAt] = [one.trainingFor(subject), other.trainingFor(subject)]
    return subject.recorded.forecastTimes.every((at) => trainingAt(at) === otherTrainingAt(at))
  })
}
