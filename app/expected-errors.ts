import { PeriodError } from '../desk/reports/period.ts'
import { FleetStateError } from '../device-sim/fleet-state.ts'
import { ReplayMapError } from '../device-sim/replay/map-file.ts'
import { RemoteHistoryError } from '../evaluation/backtest/remote-history.ts'
import { NoHistoryError } from '../evaluation/backtest/replay-history.ts'
import { FieldDataError } from '../evaluation/recorded/csv.ts'
import { errorMessage } from '../lib/error-message.ts'
import { RuleFilesError } from '../rules/files/rule-file-problem.ts'
import { JournalDamagedError, JournalLockedError } from '../store/journal/journal.ts'
import {
  JournalNotDurableError,
  JournalPartitionCountError,
  RedisUnsuitableError,
} from '../store/journal/redis/errors.ts'
import { MigrationError, NewerSchemaError } from '../store/records/migrate.ts'
import { DirectoryInUseError } from '../store/records/pglite/directory-lock.ts'
import { RecordsCorruptedError } from '../store/records/records-store.ts'
import { SeriesCorruptedError } from '../store/series/duckdb/open.ts'
import { SeriesLockedError, SeriesRejectedError, SeriesUnavailableError } from '../store/series/series.ts'
import { StartupError } from './doctor/startup-checks.ts'
import { SettingsError } from './settings/settings-error.ts'
import { SimulatorError } from './simulator.ts'
import { CommandError } from './terminal/output.ts'

/** Errors whose message says all: what is wrong, where, and often what would be right. */
const expectedErrors = [
  CommandError,
  SettingsError,
  StartupError,
  JournalLockedError,
  JournalDamagedError,
  JournalNotDurableError,
  JournalPartitionCountError,
  RedisUnsuitableError,
  SeriesCorruptedError,
  RecordsCorruptedError,
  NewerSchemaError,
  SeriesLockedError,
  SeriesRejectedError,
  SeriesUnavailableError,
  DirectoryInUseError,
  RuleFilesError,
  NoHistoryError,
  RemoteHistoryError,
  PeriodError,
  ReplayMapError,
  FleetStateError,
  SimulatorError,
  FieldDataError,
]

/** What went wrong, for people; undefined for what nobody foresaw, of which the stack trace has to be seen. */
export function expectedErrorMessage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (expectedErrors.some((known) => error instanceof known)) return error.message
  if (error instanceof MigrationError) return `${error.message}: ${errorMessage(error.cause)}`
  return systemErrorMessage(error)
}

/** A file that the system refuses, or an address to listen on: `ENOENT: no such file or directory, open 'x'`. */
function systemErrorMessage(error: NodeJS.ErrnoException): string | undefined {
  if (error.syscall === 'listen') return error.message
  if (error.path === undefined) return undefined
  const [, reason = error.message] = /^[A-Z]+: (.+), \w+ '/.exec(error.message) ?? []
  return `${error.path}: ${reason}`
}
