import { join } from 'node:path'
import { FieldDataError } from './csv.ts'
import { type DetectionResult, detectInDataset, detectionDatasets } from './detection/detect.ts'
import { createBearingEngine } from './detection/replay-alarms.ts'
import { isFolder } from './folders.ts'
import { lifetimeDatasets, type ScoredLifetimes, scoreLifetimes } from './lifetimes/score-lifetimes.ts'
import type { PrognosisDataset } from './prognosis-dataset.ts'
import { type ScoredDataset, scoreDataset } from './score-dataset.ts'
import { airFilter } from './sets/air-filter.ts'
import { calceBattery } from './sets/calce-battery.ts'
import { laptopBattery } from './sets/laptop-battery.ts'
import { liquidFilter } from './sets/liquid-filter.ts'
import { nasaBattery } from './sets/nasa-battery.ts'
import { phoneBattery } from './sets/phone-battery.ts'
import { scoreShippedRules } from './shipped-rules/score-shipped-rules.ts'
import type { TableScore } from './tables/table-score.ts'

/** Datasets with forecasts to score: a new dataset is one line here. */
const prognosisDatasets: readonly PrognosisDataset[] = [
  phoneBattery,
  laptopBattery,
  nasaBattery,
  calceBattery,
  liquidFilter,
  airFilter,
]

export interface ScoreOptions {
  /** Folder of the units to forecast, with one folder per dataset. */
  data: string
  /** Folder of the training lifetimes; by default the other units of `data`. */
  trainingData?: string | undefined
  /** Leave out stricter hold-outs than the unit alone, and the shipped rules. Default: false. */
  usualOnly?: boolean
  onProgress(progress: ScoreProgress): void
}

interface ScoreProgress {
  /** Share done, 0 … 1. */
  done: number
  set: string
}

export interface RecordedScore {
  prognosis: readonly ScoredDataset[]
  detection: readonly DetectionResult[]
  lifetimes: readonly ScoredLifetimes[]
  /** Undefined where there are no phones. */
  shippedRules: TableScore | undefined
  /** Datasets in the folder that cannot be scored, with the reason. */
  skipped: ReadonlyMap<string, string>
}

/**
 * Score all known datasets in a folder.
 * @throws FieldDataError when a folder is missing or holds no known dataset, or a file is malformed
 */
export async function scoreDatasets({
  data,
  trainingData = data,
  usualOnly = false,
  onProgress,
}: ScoreOptions): Promise<RecordedScore> {
  for (const folder of [data, trainingData]) {
    if (!(await isFolder(folder)))
      throw new FieldDataError(`${folder}: no such folder of recorded data; see forewarn score --help`)
  }
  const toForecast = await presentDatasets(prognosisDatasets, data)
  const toDetect = await presentDatasets(detectionDatasets, data)
  const ofLifetimes = await presentDatasets(lifetimeDatasets, data)
  const count = toForecast.length + toDetect.length + ofLifetimes.length
  if (count === 0) throw new FieldDataError(`${data}: holds none of the datasets ${allNames.join(', ')}`)
  const forecast: ScoredDataset[] = []
  const detected: DetectionResult[] = []
  const onPart = (set: string) => (part: number) =>
    onProgress({ done: (forecast.length + detected.length + part) / count, set })
  for (const set of toForecast)
    forecast.push(
      await scoreDataset(set, { data, trainingData, withHoldouts: !usualOnly, onPart: onPart(set.name) }),
    )
  const engine = await createBearingEngine()
  for (const set of toDetect) {
    onPart(set.name)(0)
    detected.push(await detectInDataset(set, data, engine))
  }
  const lifetimes: ScoredLifetimes[] = []
  for (const set of ofLifetimes) lifetimes.push(await scoreLifetimes(set, data, trainingData))
  return {
    prognosis: forecast,
    detection: detected,
    lifetimes,
    shippedRules: usualOnly ? undefined : await scoreShippedRules(data, trainingData),
    skipped: new Map(await skipReasonsIn(data)),
  }
}

const unscorableDatasets = [
  {
    name: 'motor_ageing',
    why: 'no measured value has a limit whose crossing is the failure, and five labelled ends are too few to learn from',
  },
]

const allNames = [...prognosisDatasets, ...detectionDatasets, ...lifetimeDatasets].map(({ name }) => name)

async function skipReasonsIn(data: string): Promise<[string, string][]> {
  const there = await presentDatasets(unscorableDatasets, data)
  return there.map(({ name, why }) => [name, why])
}

async function presentDatasets<T extends { name: string }>(sets: readonly T[], data: string): Promise<T[]> {
  const there = await Promise.all(sets.map(({ name }) => isFolder(join(data, name))))
  return sets.filter((_, index) => there[index])
}
