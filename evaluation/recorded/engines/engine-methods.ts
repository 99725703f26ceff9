import { healthKey } from '../../../contract/fleet-model.ts'
import { PartHistories } from '../../../rules/fleet-model/part-histories.ts'
import { parseLooks } from '../../../rules/health-index/features.ts'
import { estimateHealth } from '../../../rules/health-index/health-estimate.ts'
import { addToLooks, createLooks } from '../../../rules/health-index/looks.ts'
import { ridgeRegression } from '../../../rules/prognosis/statistics/ridge-regression.ts'
import { type Engine, type EngineSet, maxRemaining } from './engines.ts'

/** Remaining life in cycles; the product also has an interval. */
export interface RemainingForecast {
  remaining: number
  p10?: number
  p90?: number
}

/** Learns from engines that ran to their end, and predicts another one by its rows so far. */
type EngineMethod = (training: EngineSet) => (rows: Engine['rows']) => RemainingForecast

/** The product: the fleet model and estimate of the detector `health`, with one reading a cycle. */
const forewarn: EngineMethod = ({ sensors, engines }) => {
  const key = healthKey({ kind: 'engine', component: 'engine' }, sensors)
  const histories = new PartHistories()
  for (const { unit, rows } of engines) {
    const looks = looksOf(rows, sensors)
    histories.add({ historyKey: key, partId: unit, startedAt: 0, looks, until: rows.length, failed: true })
  }
  const model = histories.fit().healthModels?.[key]
  return (rows) => {
    const looks = parseLooks(looksOf(rows, sensors), sensors.length)
    const last = looks.at(-1)
    if (model === undefined || last === undefined) return { remaining: maxRemaining }
    const { remaining, p10, p90 } = estimateHealth(model, looks, 0)
    const since = rows.length - last.at
    return { remaining: remaining - since, p10: p10 - since, p90: p90 - since }
  }
}

function looksOf(rows: Engine['rows'], sensors: readonly string[]): number[] {
  const state = createLooks(1)
  rows.forEach((values, n) => {
    addToLooks(state, { ts: n + 1, values }, sensors)
  })
  return state.looks
}

/** Mean lifetime less the age. */
const meanLife: EngineMethod = ({ engines }) => {
  const mean = meanOf(engines.map(({ rows }) => rows.length))
  return (rows) => ({ remaining: mean - rows.length })
}

const windowCycles = 50
/** The index is averaged over this many cycles, and compared in these steps. */
const blockCycles = 5
const nearest = 50

/** Linear index of the sensors, and the mean remaining life after the windows of others that are most similar to the last one. */
const indexSimilarity: EngineMethod = ({ sensors, engines }) => {
  const cycles = engines.flatMap(({ rows }) =>
    cyclesEvery(rows, blockCycles).map((cycle) => ({ rows, cycle })),
  )
  const valuesAt = (rows: Engine['rows'], cycle: number) =>
    sensors.map((sensor) => rows[cycle - 1]?.[sensor] ?? 0)
  const means = sensors.map((_, n) => meanOf(cycles.map(({ rows, cycle }) => valuesAt(rows, cycle)[n] ?? 0)))
  const centred = (rows: Engine['rows'], cycle: number) => [
    1,
    ...valuesAt(rows, cycle).map((value, n) => value - (means[n] ?? 0)),
  ]
  const coefficients = ridgeRegression(
    cycles.map(({ rows, cycle }) => {
      return { x: centred(rows, cycle), y: Math.min(maxRemaining, rows.length - cycle), weight: 1 }
    }),
    { mean: [0, ...sensors.map(() => 0)], priorWeight: [0, ...sensors.map(() => 1e-6)] },
  )
  const indexOf = (rows: Engine['rows']) =>
    rows.map((_, n) =>
      centred(rows, n + 1).reduce((sum, value, m) => sum + value * (coefficients[m] ?? 0), 0),
    )
  const windows = engines.flatMap(({ rows }) => {
    const index = indexOf(rows)
    return cyclesEvery(rows, blockCycles, windowCycles).map((cycle) => ({
      window: lastBlocks(index.slice(0, cycle)),
      remaining: Math.min(maxRemaining, rows.length - cycle),
    }))
  })
  return (rows) => {
    const own = lastBlocks(indexOf(rows))
    const similar = windows
      .map(({ window, remaining }) => ({ remaining, distance: distanceOf(window, own) }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, nearest)
    return { remaining: meanOf(similar.map(({ remaining }) => remaining)) }
  }
}

/** The same with the one sensor through whose mean over 20 cycles a line is closest to the remaining lives. */
const singleSensor: EngineMethod = ({ sensors, engines }) => {
  const errors = sensors.map((sensor) => {
    const points = engines.flatMap(({ rows }) =>
      cyclesEvery(rows, 10, levelCycles).map((cycle) => ({
        level: meanOf(rows.slice(cycle - levelCycles, cycle).map((values) => values[sensor] ?? 0)),
        remaining: Math.min(maxRemaining, rows.length - cycle),
      })),
    )
    return { sensor, error: lineError(points) }
  })
  const best = errors.toSorted((a, b) => a.error - b.error).slice(0, 1)
  return indexSimilarity({ sensors: best.map(({ sensor }) => sensor), engines })
}

const levelCycles = 20

/** Return the mean squared error of a line through points. */
function lineError(points: readonly { level: number; remaining: number }[]): number {
  const [centre, mean] = [
    meanOf(points.map(({ level }) => level)),
    meanOf(points.map(({ remaining }) => remaining)),
  ]
  const cross = meanOf(points.map(({ level, remaining }) => (level - centre) * (remaining - mean)))
  const squares = meanOf(points.map(({ level }) => (level - centre) ** 2))
  const total = meanOf(points.map(({ remaining }) => (remaining - mean) ** 2))
  return squares > 0 ? total - cross ** 2 / squares : total
}

/** Return the means of the last blocks of an index, newest first. */
function lastBlocks(index: readonly number[]): number[] {
  const count = Math.min(windowCycles, index.length) / blockCycles
  return Array.from({ length: Math.floor(count) }, (_, n) =>
    meanOf(index.slice(index.length - (n + 1) * blockCycles, index.length - n * blockCycles)),
  )
}

const distanceOf = (a: readonly number[], b: readonly number[]): number =>
  b.reduce((sum, value, n) => sum + (value - (a[n] ?? value)) ** 2, 0)

/** Return every so many cycles of an engine, from the first one on. */
function cyclesEvery({ length }: Engine['rows'], step: number, first = step): number[] {
  return Array.from(
    { length: Math.max(0, Math.floor((length - first) / step) + 1) },
    (_, n) => first + n * step,
  )
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

export const engineMethods = { forewarn, indexSimilarity, singleSensor, meanLife }

export const engineMethodTitles: Readonly<Record<keyof typeof engineMethods, string>> = {
  forewarn: 'Forewarn',
  indexSimilarity: 'linear index, similar last 50 cycles',
  singleSensor: 'best single sensor, similar last 50 cycles',
  meanLife: 'mean life less age',
}
