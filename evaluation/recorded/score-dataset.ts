import { join } from 'node:path'
import { createBaselines } from './baselines/baselines.ts'
import { meanOfAnswers } from './baselines/interval.ts'
import { isFolder } from './folders.ts'
import { type ForecastRun, type RunOptions, runForecasts } from './forecast-run.ts'
import { createHoldouts, type Subject } from './holdouts/holdout.ts'
import { type HoldoutRuns, runHoldouts } from './holdouts/holdout-runs.ts'
import { forewarn, ownTrend } from './methods.ts'
import type { PrognosisDataset, PrognosisTask } from './prognosis-dataset.ts'

/** The forecast runs of a dataset, on its lifetimes and on its invalid records. */
export interface ScoredDataset {
  dataset: PrognosisDataset
  runs: readonly ForecastRun[]
  /** Forecasts of the product at the further times of the lifetimes. */
  furtherRuns: readonly ForecastRun[]
  /** Forecasts on lifetimes with an event by what was left out, the most lenient first: of the product, and by dwell sum. */
  holdouts: readonly HoldoutRuns[]
  invalidRuns: readonly ForecastRun[]
}

export interface SetOptions {
  data: string
  /** Folder of the training lifetimes; the same folder: the other units of `data`. */
  trainingData: string
  /** Whether to score hold-outs and further times, too, beside the usual forecasts. */
  withHoldouts: boolean
  /** Called with the share of the dataset that is done, 0 … 1. */
  onPart(done: number): void
}

/** Score one dataset. @throws FieldDataError when a file is missing or malformed */
export async function scoreDataset(
  set: PrognosisDataset,
  { data, trainingData, withHoldouts, onPart }: SetOptions,
): Promise<ScoredDataset> {
  const tasks = await set.read(join(data, set.name))
  const training = trainingData === data ? tasks : await trainingTasks(set, trainingData)
  const holdouts = createHoldouts(training, set.isOnCalendar)
  const [leaveUnit] = holdouts
  const run = (subject: Subject, options: Omit<RunOptions, 'limit'>) =>
    runForecasts(subject.recorded, leaveUnit.trainingFor(subject), { limit: subject.limit, ...options })
  const subjects = tasks.flatMap(({ lifetimes, limit }) => lifetimes.map((recorded) => ({ recorded, limit })))
  const invalid = tasks.flatMap(({ invalidRecords = [], limit }) =>
    invalidRecords.map((recorded) => ({ recorded, limit })),
  )
  const baselines = createBaselines(set.baselines)
  const [methods, learning] = [
    { forewarn, ownTrend, ...baselines },
    { forewarn, dwellSum: baselines.dwellSum },
  ]
  return {
    dataset: set,
    runs: subjects.map((subject, index) => {
      onPart((0.5 * index) / subjects.length)
      return withMeanOfTwo(run(subject, { methods }))
    }),
    furtherRuns: withHoldouts
      ? subjects.map((subject) =>
          run(subject, { methods: { forewarn }, times: subject.recorded.furtherForecastTimes ?? [] }),
        )
      : [],
    holdouts: withHoldouts
      ? runHoldouts(subjects, holdouts, learning, (share) => onPart(0.5 + 0.5 * share))
      : [],
    invalidRuns: invalid.map((subject) => run(subject, { methods: { forewarn } })),
  }
}

/** Add the mean of our forecast and the best simple method for parts with levels. */
function withMeanOfTwo(run: ForecastRun): ForecastRun {
  const forecasts = run.forecasts.map(({ at, answers }) => {
    const { forewarn: ours, dwellSum: theirs } = answers
    if (ours === undefined || theirs === undefined) return { at, answers }
    return { at, answers: { ...answers, meanOfTwo: meanOfAnswers(ours, theirs) } }
  })
  return { ...run, forecasts }
}

async function trainingTasks(set: PrognosisDataset, data: string): Promise<PrognosisTask[]> {
  const folder = join(data, set.name)
  return (await isFolder(folder)) ? set.read(folder) : []
}
