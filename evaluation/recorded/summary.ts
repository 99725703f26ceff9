import { groupBy } from './group-by.ts'
import { isDated, type Judged } from './judged.ts'
import { type Figures, figuresOf } from './metrics.ts'
import type { TimeUnit } from './recorded.ts'
import { judgedOf, type Run } from './run.ts'
import type { ScoredSet } from './score.ts'
import { type Garbage, garbageOf, type Unended, unendedOf } from './without-event.ts'

/** Figures by the names under which they are printed: times end in their unit, `medianAbsErrorDays`. */
type NamedFigures = Readonly<Record<string, number | null>>

export interface SetSummary {
  figures: Figures
  /** How often a forecast was withheld, by the reason. */
  withheldBecause: Readonly<Record<string, number>>
  limits: ReadonlyMap<string, Figures>
  units: ReadonlyMap<string, Figures>
  unended: Unended
  garbage: Garbage | undefined
  baselines: ReadonlyMap<string, BaselineSummary>
}

export interface BaselineSummary {
  figures: Figures
  /** Where both gave a date: the median error of either, ms. */
  both: { forecasts: number; theirs: number | null; ours: number | null }
}

export function summaryOf({ runs, garbage }: ScoredSet): SetSummary {
  const ours = judgedOf(runs, 'forewarn')
  const by = (keyOf: (run: Run) => string) =>
    new Map(
      [...groupBy(runs, keyOf)]
        .map(([key, some]) => [key, judgedOf(some, 'forewarn')] as const)
        .filter(([, judged]) => judged.length > 0)
        .map(([key, judged]) => [key, figuresOf(judged)]),
    )
  const baselines = methodsOf(runs).filter((name) => name !== 'forewarn')
  return {
    figures: figuresOf(ours),
    withheldBecause: reasonsOf(ours),
    limits: by(({ limit }) => String(limit.value)),
    units: by(({ recorded }) => recorded.unit),
    unended: unendedOf(runs),
    garbage: garbage.length > 0 ? garbageOf(garbage) : undefined,
    baselines: new Map(baselines.map((name) => [name, compared(ours, judgedOf(runs, name))])),
  }
}

/** The summary as the plain object that `--json` prints. */
export function summaryAsJson(summary: SetSummary, time: TimeUnit): object {
  const named = (figures: Figures) => namedFigures(figures, time)
  const all = (some: ReadonlyMap<string, Figures>) =>
    Object.fromEntries([...some].map(([key, figures]) => [key, named(figures)]))
  const baselines = [...summary.baselines].map(([name, { figures, both }]) => {
    const where = {
      forecasts: both.forecasts,
      [`medianAbsError${time.name}`]: inUnit(both.theirs, time),
      [`oursMedianAbsError${time.name}`]: inUnit(both.ours, time),
    }
    return [name, { ...named(figures), whereBothForecast: where }]
  })
  return {
    ...named(summary.figures),
    withheldBecause: summary.withheldBecause,
    unended: summary.unended,
    ...(summary.garbage === undefined ? {} : { garbage: summary.garbage }),
    baselines: Object.fromEntries(baselines),
    ...(summary.limits.size > 1 ? { limits: all(summary.limits) } : {}),
    units: all(summary.units),
  }
}

const inTime: ReadonlySet<string> = new Set<keyof Figures>([
  'medianAbsError',
  'meanAbsError',
  'prognosticHorizon',
  'bias',
])

function namedFigures(figures: Figures, time: TimeUnit): NamedFigures {
  const named = Object.entries(figures).map(([name, value]: [string, number | null]) =>
    inTime.has(name) ? [name + time.name, inUnit(value, time)] : [name, rounded(value)],
  )
  return Object.fromEntries(named)
}

function inUnit(value: number | null, { ms }: TimeUnit): number | null {
  return value === null ? null : rounded(value / ms)
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10_000) / 10_000
}

function methodsOf(runs: readonly Run[]): string[] {
  return Object.keys(runs.flatMap(({ asked }) => asked.slice(0, 1))[0]?.answers ?? {})
}

function reasonsOf(judged: readonly Judged[]): Record<string, number> {
  const reasons = groupBy(judged, ({ answer }) => (answer.is === 'withheld' ? answer.why : undefined))
  return Object.fromEntries([...reasons].map(([why, { length }]) => [why, length]))
}

function compared(ours: readonly Judged[], theirs: readonly Judged[]): BaselineSummary {
  const pairs = ours.flatMap((our, index) => {
    const their = theirs[index]
    return their !== undefined && isDated(our) && isDated(their) ? [{ our, their }] : []
  })
  return {
    figures: figuresOf(theirs),
    both: {
      forecasts: pairs.length,
      ours: figuresOf(pairs.map(({ our }) => our)).medianAbsError,
      theirs: figuresOf(pairs.map(({ their }) => their)).medianAbsError,
    },
  }
}
