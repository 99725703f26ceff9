import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { RemoteHistoryError, remoteHistory } from '../../evaluation/backtest/remote-history.ts'
import { NoHistoryError, type ReplayHistory } from '../../evaluation/backtest/replay-history.ts'
import { storedHistory } from '../../evaluation/backtest/stored-history.ts'
import { monotonicNow } from '../../lib/monotonic-clock.ts'
import { loadRuleSetVersion } from '../../rules/rollout/rule-set-store.ts'
import { JournalLockedError } from '../../store/journal/journal.ts'
import { DirectoryInUseError } from '../../store/records/pglite/directory-lock.ts'
import { openRecords } from '../../store/records/records-store.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { SeriesLockedError, type SeriesStore } from '../../store/series/series.ts'
import { localApiUrl } from '../api-client.ts'
import { StartupError } from '../doctor/startup-checks.ts'
import type { Settings } from '../settings/schema.ts'
import { Shutdown } from '../shutdown.ts'
import { openJournals } from './open-journals.ts'
import { influxOptionsFrom, openSeries } from './open-series.ts'

export interface OpenedHistory {
  history: ReplayHistory
  /** Description of the source. */
  source: string
}

/**
 * Open the history of these settings: in the data folder, or through the program that uses it.
 * @throws NoHistoryError when there is no data folder, ServedHistoryError, CommandError, and what the stores throw
 */
export async function openHistory(
  settings: Settings,
  onError: (error: unknown) => void,
): Promise<OpenedHistory> {
  const { dataDir } = settings
  if (influxOptionsFrom(settings) === undefined && !existsSync(seriesFile(settings)))
    throw new NoHistoryError(`there is no history in ${dataDir}: no program ever ran on it`)
  const opened = new Shutdown({ onError })
  try {
    return { history: await openStoredHistory(settings, { opened, onError }), source: dataDir }
  } catch (error) {
    await opened.run()
    if (!isLockedError(error)) throw error
    return await openServedHistory(settings, error)
  }
}

function isLockedError(error: unknown): error is Error {
  return [SeriesLockedError, JournalLockedError, DirectoryInUseError, StartupError].some(
    (known) => error instanceof known,
  )
}

/** Open the history through the program that uses the data folder, if it serves one. */
async function openServedHistory(settings: Settings, inUse: Error): Promise<OpenedHistory> {
  const url = localApiUrl(settings)
  try {
    return { history: await remoteHistory(url), source: url }
  } catch (error) {
    if (!(error instanceof RemoteHistoryError)) throw error
    throw new NoHistoryError(`${inUse.message}; and ${error.message}`, { cause: error })
  }
}

interface OpenOptions {
  opened: Shutdown
  onError(error: unknown): void
}

async function openStoredHistory(
  settings: Settings,
  { opened, onError }: OpenOptions,
): Promise<ReplayHistory> {
  const { dataDir, records: placed } = settings
  const series = await openSeriesReadOnly(settings)
  opened.add('the series', () => series.close())
  const partitions = await openJournals(settings, { newId: randomUUID, warn: onError })
  const { live } = await loadRuleSetVersion(partitions[0]).finally(() =>
    Promise.all(partitions.map((journal) => journal.close())),
  )
  const records = await openRecords({ url: placed.databaseUrl, dir: join(dataDir, 'records'), onError })
  opened.add('the records', () => records.close())
  return storedHistory({
    series,
    records: records.db,
    liveRules: async () => live.map(({ file, text }) => ({ file, text })),
    close: () => opened.run(),
  })
}

function openSeriesReadOnly(settings: Settings): Promise<SeriesStore> {
  if (influxOptionsFrom(settings) !== undefined) return openSeries(settings, monotonicNow)
  return openDuckDbSeries({ path: seriesFile(settings), readOnly: true })
}

function seriesFile({ dataDir }: Settings): string {
  return join(dataDir, 'series.duckdb')
}
