import { type ForecastRun, type RunOptions, runForecasts } from '../forecast-run.ts'
import type { Holdout, Subject } from './holdout.ts'

/** Forecasts under one hold-out, on lifetimes with an event. */
export interface HoldoutRuns {
  name: string
  /** What is left out; by all hold-outs that leave out the same. */
  title: string
  runs: readonly ForecastRun[]
}

/**
 * Run methods that learn from others under each hold-out. Those that leave out the same run once.
 */
export function runHoldouts(
  subjects: readonly Subject[],
  holdouts: readonly Holdout[],
  methods: RunOptions['methods'],
  onPart: (done: number) => void,
): HoldoutRuns[] {
  const ended = subjects.filter(({ recorded }) => recorded.event !== undefined)
  const groups: [Holdout, ...Holdout[]][] = []
  for (const holdout of holdouts) {
    const same = groups.find(([first]) => isSameTraining(first, holdout, ended))
    if (same === undefined) groups.push([holdout])
    else same.push(holdout)
  }
  return groups.map((group, index) => {
    onPart(index / groups.length)
    const [first] = group
    const runs = ended.map((subject) =>
      runForecasts(subject.recorded, first.trainingFor(subject), { limit: subject.limit, methods }),
    )
    return { name: first.name, title: group.map(({ title }) => title).join(', '), runs }
  })
}

function isSameTraining(one: Holdout, other: Holdout, subjects: readonly Subject[]): boolean {
  return subjects.every((subject) => {
    const [trainingAt, otherTrainingAt] = [one.trainingFor(subject), other.trainingFor(subject)]
    return subject.recorded.forecastTimes.every((at) => trainingAt(at) === otherTrainingAt(at))
  })
}
