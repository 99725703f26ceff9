import { join } from 'node:path'
import { groupBy } from '../../../lib/group-by.ts'
import type { ObservedLifetime } from '../../../rules/survival/observed-lifetime.ts'
import { numberCell, type Row, readOptionalTable, readTable } from '../csv.ts'
import {
  type BootstrapInterval,
  bootstrapInterval,
  formatInterval,
  roundInterval,
} from '../figures/bootstrap.ts'
import type { TableScore } from '../tables/table-score.ts'
import { foldsOf } from './folds.ts'
import type { LifetimeDataset } from './lifetime-dataset.ts'
import {
  constantRate,
  type LifetimeMethodName,
  lifetimeMethods,
  lifetimeMethodTitles,
} from './lifetime-methods.ts'

const columns = ['set', 'unit', 'time', 'failed']
const methods = Object.keys(lifetimeMethods) as LifetimeMethodName[]
const repetitions = 1_000

/** Lifetimes of appliances, vehicles and parts without any metric of wear. */
export const lifeEvents: LifetimeDataset = {
  name: 'life_events',
  title: 'Ages at failure, without any metric of wear',
  async score(folder, training) {
    const units = unitsOf(await readTable(join(folder, 'lives.csv'), columns))
    const others =
      training === undefined
        ? undefined
        : unitsOf(await readOptionalTable(join(training, 'lives.csv'), columns))
    return summarize(scoreUnits(units, others))
  },
}

interface RecordedUnit extends ObservedLifetime {
  set: string
  unit: string
}

function unitsOf(rows: readonly Row[]): RecordedUnit[] {
  return rows.flatMap((row): RecordedUnit[] => {
    const age = numberCell(row, 'time')
    if (age === undefined || age < 0) return []
    const { set = '', unit = '', cohort = '', mode = '' } = row
    return [{ set, unit, age, failed: numberCell(row, 'failed') === 1, cohort, mode }]
  })
}

/** Log-likelihood of one unit by each method, less that of a constant rate. */
interface ScoredUnit {
  set: string
  failed: boolean
  gains: Readonly<Record<LifetimeMethodName, number>>
}

/** Score each unit by distributions fitted to the others of its set; a set that is new to the training units learns from itself. */
function scoreUnits(
  units: readonly RecordedUnit[],
  others: readonly RecordedUnit[] | undefined,
): ScoredUnit[] {
  const known = others === undefined ? undefined : groupBy(others, ({ set }) => set)
  return [...groupBy(units, ({ set }) => set)].flatMap(([set, own]) =>
    foldsOf(own, known?.get(set)).flatMap(({ test, training }) => {
      const reference = constantRate(training)
      const fitted = methods.map((name) => ({ name, likelihood: lifetimeMethods[name](training) }))
      return test.map((unit): ScoredUnit => {
        const base = reference(unit)
        const gains = fitted.map(({ name, likelihood }) => [name, likelihood(unit) - base])
        return { set, failed: unit.failed, gains: Object.fromEntries(gains) as ScoredUnit['gains'] }
      })
    }),
  )
}

function summarize(scored: readonly ScoredUnit[]): TableScore {
  const sets = [...groupBy(scored, ({ set }) => set), ['all sets', scored] as const].map(([set, units]) => ({
    set,
    units: units.length,
    failures: units.filter(({ failed }) => failed).length,
    gains: methods.map((name) => ({ name, gain: gainPerFailure(units, name) })),
  }))
  const titles = methods.map((name) => lifetimeMethodTitles[name])
  return {
    rows: [
      ['gain per failure', 'units', 'failures', ...titles],
      ...sets.map(({ set, units, failures, gains }) => [
        set,
        String(units),
        String(failures),
        ...gains.map(({ name, gain }) =>
          name === 'forewarn' ? formatInterval(gain) : gain.value.toFixed(2),
        ),
      ]),
    ],
    remarks: [
      'log-likelihood on other units over that of a constant rate, per failure; in parentheses its interval at 95 %',
    ],
    json: {
      gainPerFailure: roundInterval(gainPerFailure(scored, 'forewarn')),
      sets: Object.fromEntries(sets.map(({ set, ...rest }) => [set, named(rest)])),
    },
  }
}

function named({ gains, ...rest }: { gains: readonly { name: string; gain: BootstrapInterval }[] }): object {
  const byMethod = gains.map(({ name, gain }) => [name, roundInterval(gain)])
  return { ...rest, gainPerFailure: Object.fromEntries(byMethod) }
}

function gainPerFailure(units: readonly ScoredUnit[], name: LifetimeMethodName): BootstrapInterval {
  return bootstrapInterval(units.length, repetitions, (counts) => {
    let [gain, failures] = [0, 0]
    units.forEach((unit, n) => {
      const count = counts[n] ?? 0
      gain += count * unit.gains[name]
      failures += unit.failed ? count : 0
    })
    return gain / failures
  })
}
