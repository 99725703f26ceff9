import { join } from 'node:path'
import { outlookOf } from '../../rules/prognosis/outlook.ts'
import { baselinesOf, type Method } from './baselines/baselines.ts'
import { FieldDataError } from './csv.ts'
import { type DetectedSet, detectIn, detectionSets } from './detection/detect.ts'
import { bearingEngine } from './detection/watch.ts'
import { isFolder } from './folders.ts'
import type { PrognosisSet, RecordedLife, Trial } from './recorded.ts'
import { peersOf, type Run, runOf } from './run.ts'
import { airFilter } from './sets/air-filter.ts'
import { calceBattery } from './sets/calce-battery.ts'
import { laptopBattery } from './sets/laptop-battery.ts'
import { liquidFilter } from './sets/liquid-filter.ts'
import { nasaBattery } from './sets/nasa-battery.ts'
import { phoneBattery } from './sets/phone-battery.ts'

/** The sets that forecasts are scored on: a new set is one line here. */
const prognosisSets: readonly PrognosisSet[] = [
  phoneBattery,
  laptopBattery,
  nasaBattery,
  calceBattery,
  liquidFilter,
  airFilter,
]

/** The product's own forecast. */
const forewarn: Method = (own, peers, question) => {
  const outlook = outlookOf(own, peers, question)
  return outlook.is === 'known' ? { is: 'date', ...outlook.crossing } : { is: 'withheld', why: outlook.why }
}

export interface ScoreOptions {
  /** Folder of the units to forecast: one folder a set, any of them. */
  data: string
  /** Folder of the lives that teach; without it the other units of `data` do. */
  teach?: string | undefined
  onProgress(progress: ScoreProgress): void
}

interface ScoreProgress {
  /** 0 … 1 */
  done: number
  set: string
}

export interface Score {
  forecast: readonly ScoredSet[]
  detected: readonly DetectedSet[]
  /** Sets that are there and cannot be scored, each with the reason. */
  notScored: ReadonlyMap<string, string>
}

/** What came of a set: the runs of its lives, and of its garbage. */
export interface ScoredSet {
  set: PrognosisSet
  runs: readonly Run[]
  garbage: readonly Run[]
}

/** @throws FieldDataError where a folder is missing, holds no set, or a file of it is broken */
export async function scoreFolder({ data, teach = data, onProgress }: ScoreOptions): Promise<Score> {
  for (const folder of [data, teach]) {
    if (!(await isFolder(folder))) throw new FieldDataError(`${folder}: no such folder of recorded data`)
  }
  const toForecast = await those(prognosisSets, data)
  const toWatch = await those(detectionSets, data)
  const count = toForecast.length + toWatch.length
  if (count === 0) throw new FieldDataError(`${data}: holds none of the sets ${allNames.join(', ')}`)
  const forecast: ScoredSet[] = []
  const detected: DetectedSet[] = []
  const onPart = (set: string) => (part: number) =>
    onProgress({ done: (forecast.length + detected.length + part) / count, set })
  for (const set of toForecast) forecast.push(await scoreSet(set, { data, teach, onPart: onPart(set.name) }))
  const engine = await bearingEngine()
  for (const set of toWatch) {
    onPart(set.name)(0)
    detected.push(await detectIn(set, data, engine))
  }
  const notScored = new Map(await reasonsIn(data))
  return { forecast, detected, notScored }
}

const unscorable = [
  {
    name: 'motor_ageing',
    why: 'nothing that was measured has a limit of which the crossing is the failure; five ends by label teach too little',
  },
]

const allNames = [...prognosisSets, ...detectionSets].map(({ name }) => name)

async function reasonsIn(data: string): Promise<[string, string][]> {
  const there = await those(unscorable, data)
  return there.map(({ name, why }) => [name, why])
}

async function those<T extends { name: string }>(sets: readonly T[], data: string): Promise<T[]> {
  const there = await Promise.all(sets.map(({ name }) => isFolder(join(data, name))))
  return sets.filter((_, index) => there[index])
}

interface SetOptions {
  data: string
  teach: string
  /** Called with how much of the set is done, 0 … 1. */
  onPart(done: number): void
}

async function scoreSet(set: PrognosisSet, { data, teach, onPart }: SetOptions): Promise<ScoredSet> {
  const trials = await set.read(join(data, set.name))
  const teachers = teach === data ? trials : await teachersOf(set, teach)
  const methods = { forewarn, ...baselinesOf(set.baselines) }
  const ask = (recorded: RecordedLife, trial: Trial, by = methods) =>
    runOf(recorded, peersOf(recorded.unit, matching(trial, teachers)), { limit: trial.limit, methods: by })
  const lives = trials.flatMap((trial) => trial.lives.map((recorded) => ({ trial, recorded })))
  const garbage = trials.flatMap((trial) => (trial.garbage ?? []).map((recorded) => ({ trial, recorded })))
  const runs = lives.map(({ trial, recorded }, index) => {
    onPart(index / lives.length)
    return ask(recorded, trial)
  })
  return { set, runs, garbage: garbage.map(({ trial, recorded }) => ask(recorded, trial, { forewarn })) }
}

async function teachersOf(set: PrognosisSet, teach: string): Promise<Trial[]> {
  const folder = join(teach, set.name)
  return (await isFolder(folder)) ? set.read(folder) : []
}

/** The lives of others under the same limit. */
function matching({ limit }: Trial, teachers: readonly Trial[]): Trial {
  return teachers.find((other) => other.limit.value === limit.value) ?? { limit, lives: [] }
}
