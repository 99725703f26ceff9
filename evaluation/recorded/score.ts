import { join } from 'node:path'
import { forecastRul } from '../../rules/prognosis/rul-forecast.ts'
import { createBaselines, type ForecastMethod } from './baselines/baselines.ts'
import { FieldDataError } from './csv.ts'
import { type DetectionResult, detectInDataset, detectionDatasets } from './detection/detect.ts'
import { createBearingEngine } from './detection/replay-alarms.ts'
import { isFolder } from './folders.ts'
import { type ForecastRun, otherLifetimes, runForecasts } from './forecast-run.ts'
import type { PrognosisDataset, PrognosisTask, RecordedLifetime } from './prognosis-dataset.ts'
import { airFilter } from './sets/air-filter.ts'
import { calceBattery } from './sets/calce-battery.ts'
import { laptopBattery } from './sets/laptop-battery.ts'
import { liquidFilter } from './sets/liquid-filter.ts'
import { nasaBattery } from './sets/nasa-battery.ts'
import { phoneBattery } from './sets/phone-battery.ts'

/** The sets that forecasts are scored on: a new set is one line here. */
const prognosisDatasets: readonly PrognosisDataset[] = [
  phoneBattery,
  laptopBattery,
  nasaBattery,
  calceBattery,
  liquidFilter,
  airFilter,
]

/** The product's own forecast. */
const forewarn: ForecastMethod = (own, peers, question) => {
  const outlook = forecastRul(own, peers, question)
  return outlook.is === 'known'
    ? { is: 'date', ...outlook.crossing }
    : { is: 'withheld', why: outlook.reason }
}

export interface ScoreOptions {
  /** Folder of the units to forecast: one folder a set, any of them. */
  data: string
  /** Folder of the lives that teach; without it the other units of `data` do. */
  trainingData?: string | undefined
  onProgress(progress: ScoreProgress): void
}

interface ScoreProgress {
  /** 0 … 1 */
  done: number
  set: string
}

export interface RecordedScore {
  prognosis: readonly ScoredDataset[]
  detection: readonly DetectionResult[]
  /** Sets that are there and cannot be scored, each with the reason. */
  skipped: ReadonlyMap<string, string>
}

/** What came of a set: the runs of its lives, and of its garbage. */
export interface ScoredDataset {
  dataset: PrognosisDataset
  runs: readonly ForecastRun[]
  invalidRuns: readonly ForecastRun[]
}

/** @throws FieldDataError where a folder is missing, holds no set, or a file of it is broken */
export async function scoreDatasets({
  data,
  trainingData: teach = data,
  onProgress,
}: ScoreOptions): Promise<RecordedScore> {
  for (const folder of [data, teach]) {
    if (!(await isFolder(folder))) throw new FieldDataError(`${folder}: no such folder of recorded data`)
  }
  const toForecast = await presentDatasets(prognosisDatasets, data)
  const toWatch = await presentDatasets(detectionDatasets, data)
  const count = toForecast.length + toWatch.length
  if (count === 0) throw new FieldDataError(`${data}: holds none of the sets ${allNames.join(', ')}`)
  const forecast: ScoredDataset[] = []
  const detected: DetectionResult[] = []
  const onPart = (set: string) => (part: number) =>
    onProgress({ done: (forecast.length + detected.length + part) / count, set })
  for (const set of toForecast)
    forecast.push(await scoreDataset(set, { data, teach, onPart: onPart(set.name) }))
  const engine = await createBearingEngine()
  for (const set of toWatch) {
    onPart(set.name)(0)
    detected.push(await detectInDataset(set, data, engine))
  }
  const notScored = new Map(await skipReasonsIn(data))
  return { prognosis: forecast, detection: detected, skipped: notScored }
}

const unscorableDatasets = [
  {
    name: 'motor_ageing',
    why: 'nothing that was measured has a limit of which the crossing is the failure; five ends by label teach too little',
  },
]

const allNames = [...prognosisDatasets, ...detectionDatasets].map(({ name }) => name)

async function skipReasonsIn(data: string): Promise<[string, string][]> {
  const there = await presentDatasets(unscorableDatasets, data)
  return there.map(({ name, why }) => [name, why])
}

async function presentDatasets<T extends { name: string }>(sets: readonly T[], data: string): Promise<T[]> {
  const there = await Promise.all(sets.map(({ name }) => isFolder(join(data, name))))
  return sets.filter((_, index) => there[index])
}

interface SetOptions {
  data: string
  teach: string
  /** Called with how much of the set is done, 0 … 1. */
  onPart(done: number): void
}

async function scoreDataset(
  set: PrognosisDataset,
  { data, teach, onPart }: SetOptions,
): Promise<ScoredDataset> {
  const trials = await set.read(join(data, set.name))
  const teachers = teach === data ? trials : await trainingTasks(set, teach)
  const methods = { forewarn, ...createBaselines(set.baselines) }
  const ask = (recorded: RecordedLifetime, trial: PrognosisTask, by = methods) =>
    runForecasts(recorded, otherLifetimes(recorded.unit, taskWithSameLimit(trial, teachers)), {
      limit: trial.limit,
      methods: by,
    })
  const lives = trials.flatMap((trial) => trial.lifetimes.map((recorded) => ({ trial, recorded })))
  const garbage = trials.flatMap((trial) =>
    (trial.invalidRecords ?? []).map((recorded) => ({ trial, recorded })),
  )
  const runs = lives.map(({ trial, recorded }, index) => {
    onPart(index / lives.length)
    return ask(recorded, trial)
  })
  return {
    dataset: set,
    runs,
    invalidRuns: garbage.map(({ trial, recorded }) => ask(recorded, trial, { forewarn })),
  }
}

async function trainingTasks(set: PrognosisDataset, teach: string): Promise<PrognosisTask[]> {
  const folder = join(teach, set.name)
  return (await isFolder(folder)) ? set.read(folder) : []
}

/** The lives of others under the same limit. */
function taskWithSameLimit({ limit }: PrognosisTask, teachers: readonly PrognosisTask[]): PrognosisTask {
  return teachers.find((other) => other.limit.value === limit.value) ?? { limit, lifetimes: [] }
}
