import { bootstrapInterval, formatInterval, roundInterval } from '../figures/bootstrap.ts'
import { foldsOf } from '../lifetimes/folds.ts'
import type { LifetimeDataset } from '../lifetimes/lifetime-dataset.ts'
import type { TableScore } from '../tables/table-score.ts'
import { engineMethods, engineMethodTitles, type RemainingForecast } from './engine-methods.ts'
import { cutsOf, maxRemaining, readEngines } from './engines.ts'

const repetitions = 300
type Method = keyof typeof engineMethods
const product = 'forewarn'
const baselines = ['indexSimilarity', 'singleSensor', 'meanLife'] as const

/** Turbofan engines with fourteen sensors, each cut before its end. */
export const cmapss: LifetimeDataset = {
  name: 'cmapss',
  title: 'Engines with several sensors, remaining life in cycles',
  async score(folder, training) {
    const { sensors, engines } = await readEngines(folder)
    const others = training === undefined ? undefined : (await readEngines(training)).engines
    const scored = foldsOf(engines, others).flatMap(({ test, training: known }) => {
      const ended = { sensors, engines: known.filter(({ remaining }) => remaining === 0) }
      const fitted = {
        forewarn: engineMethods.forewarn(ended),
        indexSimilarity: engineMethods.indexSimilarity(ended),
        singleSensor: engineMethods.singleSensor(ended),
        meanLife: engineMethods.meanLife(ended),
      }
      return test.map((engine): ScoredEngine => {
        const cuts = cutsOf(engine)
        const outcomesOf = (name: Method) =>
          cuts.map(({ cycle, remaining }) => outcomeOf(fitted[name](engine.rows.slice(0, cycle)), remaining))
        return {
          forewarn: outcomesOf('forewarn'),
          indexSimilarity: outcomesOf('indexSimilarity'),
          singleSensor: outcomesOf('singleSensor'),
          meanLife: outcomesOf('meanLife'),
        }
      })
    })
    return summarize(scored)
  },
}

/** Errors in cycles, remaining lives above the maximum counted as it. */
interface Outcome {
  error: number
  /** Whether the truth lies between P10 and P90, and how far these are apart; 0 without an interval. */
  covered: 0 | 1
  width: number
}

/** By method: one outcome for each draw. */
type ScoredEngine = Readonly<Record<Method, readonly Outcome[]>>

function outcomeOf(
  { remaining, p10 = remaining, p90 = remaining }: RemainingForecast,
  actual: number,
): Outcome {
  const limited = (value: number) => Math.min(maxRemaining, Math.max(0, value))
  const [truth, low, high] = [limited(actual), limited(p10), limited(p90)]
  const covered = low <= truth && truth <= high ? 1 : 0
  return { error: limited(remaining) - truth, covered, width: high - low }
}

/** Penalty of an error: late predictions cost more (A. Saxena et al., PHM 2008). */
const penalty = (error: number): number => (error < 0 ? Math.exp(-error / 13) : Math.exp(error / 10)) - 1

type Figure = (outcomes: readonly Outcome[], weights: Float64Array) => number

const weightedMean = (
  outcomes: readonly Outcome[],
  weights: Float64Array,
  of: (outcome: Outcome) => number,
) => {
  let [sum, total] = [0, 0]
  outcomes.forEach((outcome, n) => {
    sum += (weights[n] ?? 0) * of(outcome)
    total += weights[n] ?? 0
  })
  return sum / total
}

const figures = {
  rmse: (outcomes, weights) => Math.sqrt(weightedMean(outcomes, weights, ({ error }) => error ** 2)),
  score: (outcomes, weights) => 100 * weightedMean(outcomes, weights, ({ error }) => penalty(error)),
  bias: (outcomes, weights) => weightedMean(outcomes, weights, ({ error }) => error),
  coverage: (outcomes, weights) => weightedMean(outcomes, weights, ({ covered }) => covered),
  width: (outcomes, weights) => weightedMean(outcomes, weights, ({ width }) => width),
} satisfies Record<string, Figure>

function summarize(engines: readonly ScoredEngine[]): TableScore {
  /** Mean of a figure over the draws. */
  const meanFigure = (figure: Figure, method: Method) => (weights: Float64Array) => {
    const draws = engines[0]?.[method].length ?? 0
    const values = Array.from({ length: draws }, (_, draw) =>
      figure(
        engines.flatMap((engine) => engine[method][draw] ?? []),
        weights,
      ),
    )
    return values.reduce((sum, value) => sum + value, 0) / draws
  }
  const all = new Float64Array(engines.length).fill(1)
  const of = (name: keyof typeof figures, method: Method) => meanFigure(figures[name], method)(all)
  const interval = (name: keyof typeof figures) =>
    bootstrapInterval(engines.length, repetitions, meanFigure(figures[name], product))
  const [rmse, score, coverage] = [interval('rmse'), interval('score'), interval('coverage')]
  return {
    rows: [
      ['', 'RMSE', 'score of 100 engines', 'mean error', 'P10–P90 contains the truth', 'its width'],
      [
        engineMethodTitles[product],
        formatInterval(rmse),
        formatInterval(score, 0),
        of('bias', product).toFixed(1),
        formatInterval(coverage),
        of('width', product).toFixed(0),
      ],
      ...baselines.map((name) => [
        engineMethodTitles[name],
        of('rmse', name).toFixed(2),
        of('score', name).toFixed(0),
        of('bias', name).toFixed(1),
        '',
        '',
      ]),
    ],
    remarks: [
      `${engines.length} engines, remaining lives above ${maxRemaining} cycles counted as that; those that ran to their end are cut at 30 to 95 % of it, mean of five draws; score: sum of exp(-d/13) - 1 or exp(d/10) - 1; in parentheses intervals at 95 % over engines`,
    ],
    json: {
      engines: engines.length,
      rmse: roundInterval(rmse),
      score: roundInterval(score),
      coverage: roundInterval(coverage),
      meanError: of('bias', product),
      intervalWidth: of('width', product),
      baselines: Object.fromEntries(
        baselines.map((name) => [name, { rmse: of('rmse', name), score: of('score', name) }]),
      ),
    },
  }
}
