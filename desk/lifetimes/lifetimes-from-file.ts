import {
  FieldDataError,
  groupByColumn,
  numberCell,
  type Row,
  readTable,
} from '../../evaluation/recorded/csv.ts'
import type { RepairHistory } from '../../rules/survival/mean-cumulative-repairs.ts'
import type { ReplacementCosts } from '../../rules/survival/replacement-age.ts'
import { type LifetimeReport, reportsOf } from './lifetime-report.ts'

const lifetimeColumns = ['unit', 'time', 'failed']
const repairColumns = ['unit', 'time', 'event']

/** Files with lifetimes, and optionally repairs of systems that run on. */
export interface LifetimeFiles {
  /** Columns `unit`, `time` (age), `failed` (1, or 0 for censored), and optionally `set`, `cohort`, `time_unit`, `mode`, `entered`, `weight`. */
  lifetimes: string
  /** Columns `unit`, `time`, `event` (`start`, `repair` or `end`), and optionally `set`. */
  repairs?: string | undefined
}

/**
 * Compute the lifetime statistics of each set of a table; a set takes the place of the kind, and a cohort that of the model.
 * @throws FieldDataError when a file is missing or a row has no age
 * @throws LifetimeError for a lifetime that cannot be
 */
export async function lifetimesFromFile(
  files: LifetimeFiles,
  costs: ReplacementCosts | undefined,
): Promise<LifetimeReport[]> {
  const rows = await readTable(files.lifetimes, lifetimeColumns)
  const histories = files.repairs === undefined ? [] : await readRepairs(files.repairs)
  const named = rows.map((row): Row => ({ ...row, set: setOf(row) }))
  return [...groupByColumn(named, 'set')].flatMap(([set, own]) => {
    const lifetimes = own.map((row) => lifetimeOf(row, files.lifetimes))
    const repairs = histories
      .filter((history) => history.set === set)
      .map(({ history }) => ({ ...history, model: '' }))
    const unit = own[0]?.time_unit || 'days'
    return reportsOf({ kind: set, component: '', lifetimes, repairs, ofUnknownAge: 0 }, { costs, unit })
  })
}

const setOf = ({ set }: Row): string => set || 'all'

function lifetimeOf(row: Row, file: string) {
  const age = numberCell(row, 'time')
  if (age === undefined || age < 0)
    throw new FieldDataError(`${file}: ${row.unit ?? 'a unit'} has no age from 0 on in the column time`)
  const failed = numberCell(row, 'failed')
  if (failed !== 0 && failed !== 1)
    throw new FieldDataError(`${file}: ${row.unit ?? 'a unit'} needs 1 or 0 in the column failed`)
  const [enteredAt, weight] = [numberCell(row, 'entered'), numberCell(row, 'weight')]
  return {
    age,
    failed: failed === 1,
    isRunning: failed === 0,
    cohort: row.cohort ?? '',
    ...(row.mode ? { mode: row.mode } : {}),
    ...(enteredAt === undefined ? {} : { enteredAt }),
    ...(weight === undefined ? {} : { weight }),
  }
}

async function readRepairs(file: string): Promise<{ set: string; history: RepairHistory }[]> {
  const rows = await readTable(file, repairColumns)
  const units = groupByColumn(
    rows.map((row): Row => ({ ...row, key: `${setOf(row)}\n${row.unit}` })),
    'key',
  )
  return [...units].map(([key, own]) => {
    const agesOf = (event: string) =>
      own.flatMap((row) => (row.event === event ? (numberCell(row, 'time') ?? []) : []))
    const repairs = agesOf('repair')
    const [from = 0] = agesOf('start')
    const until = agesOf('end')[0] ?? Math.max(from, ...repairs)
    return { set: key.split('\n')[0] ?? '', history: { from, until, repairs } }
  })
}
