import { PeriodError } from '../desk/reports/period.ts'
import { FleetStateError } from '../device-sim/fleet-state.ts'
import { ReplayMapError } from '../device-sim/replay/map-file.ts'
import { NoHistoryError } from '../evaluation/backtest/history.ts'
import { ServedHistoryError } from '../evaluation/backtest/served-history.ts'
import { FieldDataError } from '../evaluation/recorded/csv.ts'
import { messageOf } from '../lib/errors.ts'
import { RuleFilesError } from '../rules/files/problem.ts'
import { JournalDamagedError, JournalLockedError } from '../store/journal/journal.ts'
import {
  JournalNotDurableError,
  JournalPartitionsError,
  RedisUnusableError,
} from '../store/journal/redis/errors.ts'
import { MigrationError, NewerRecordsError } from '../store/records/migrate.ts'
import { RecordsDamagedError } from '../store/records/open.ts'
import { DirectoryInUseError } from '../store/records/pglite/directory-lock.ts'
import { SeriesDamagedError } from '../store/series/duckdb/open.ts'
import { SeriesLockedError, SeriesRefusedError, SeriesUnreachableError } from '../store/series/series.ts'
import { StartError } from './doctor/check-start.ts'
import { SettingsError } from './settings/problem.ts'
import { SimulatorError } from './simulator.ts'
import { CommandError } from './terminal/output.ts'

/** Errors whose message says all: what is wrong, where, and often what would be right. */
const clear = [
  CommandError,
  SettingsError,
  StartError,
  JournalLockedError,
  JournalDamagedError,
  JournalNotDurableError,
  JournalPartitionsError,
  RedisUnusableError,
  SeriesDamagedError,
  RecordsDamagedError,
  NewerRecordsError,
  SeriesLockedError,
  SeriesRefusedError,
  SeriesUnreachableError,
  DirectoryInUseError,
  RuleFilesError,
  NoHistoryError,
  ServedHistoryError,
  PeriodError,
  ReplayMapError,
  FleetStateError,
  SimulatorError,
  FieldDataError,
]

/** What went wrong, for people; undefined for what nobody foresaw, of which the stack trace has to be seen. */
export function foreseen(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (clear.some((known) => error instanceof known)) return error.message
  if (error instanceof MigrationError) return `${error.message}: ${messageOf(error.cause)}`
  return systemProblem(error)
}

/** A file that the system refuses, or an address to listen on: `ENOENT: no such file or directory, open 'x'`. */
function systemProblem(error: NodeJS.ErrnoException): string | undefined {
  if (error.syscall === 'listen') return error.message
  if (error.path === undefined) return undefined
  const [, reason = error.message] = /^[A-Z]+: (.+), \w+ '/.exec(error.message) ?? []
  return `${error.path}: ${reason}`
}
