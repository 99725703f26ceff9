import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type History, NoHistoryError } from '../../evaluation/backtest/history.ts'
import { ServedHistoryError, servedHistory } from '../../evaluation/backtest/served-history.ts'
import { storedHistory } from '../../evaluation/backtest/stored-history.ts'
import { loadBook } from '../../rules/rollout/stored-book.ts'
import { JournalLockedError } from '../../store/journal/journal.ts'
import { openRecords } from '../../store/records/open.ts'
import { DirectoryInUseError } from '../../store/records/pglite/directory-lock.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { SeriesLockedError, type SeriesStore } from '../../store/series/series.ts'
import { StartError } from '../doctor/check-start.ts'
import { apiUrl } from '../running-program.ts'
import type { Settings } from '../settings/schema.ts'
import { Shutdown } from '../shutdown.ts'
import { openJournals } from './open-journals.ts'
import { influxOf, openSeries } from './open-series.ts'

export interface OpenedHistory {
  history: History
  /** In words, where it is read from. */
  source: string
}

/**
 * The history of these settings: out of the data folder, or from the program that runs on it.
 * @throws NoHistoryError when there is no data folder, ServedHistoryError, CommandError, and what the stores throw
 */
export async function openHistory(
  settings: Settings,
  onError: (error: unknown) => void,
): Promise<OpenedHistory> {
  const { dataDir } = settings
  if (influxOf(settings) === undefined && !existsSync(fileOf(settings)))
    throw new NoHistoryError(`there is no history in ${dataDir}: no program ever ran on it`)
  const opened = new Shutdown({ onError })
  try {
    return { history: await openStores(settings, { opened, onError }), source: dataDir }
  } catch (error) {
    await opened.run()
    if (!isInUse(error)) throw error
    return await askHolder(settings, error)
  }
}

function isInUse(error: unknown): error is Error {
  return [SeriesLockedError, JournalLockedError, DirectoryInUseError, StartError].some(
    (known) => error instanceof known,
  )
}

/** Whoever has the data folder may be a program that serves its history, or one that is busy with something else. */
async function askHolder(settings: Settings, inUse: Error): Promise<OpenedHistory> {
  const url = apiUrl(settings)
  try {
    return { history: await servedHistory(url), source: url }
  } catch (error) {
    if (!(error instanceof ServedHistoryError)) throw error
    throw new NoHistoryError(`${inUse.message}; and ${error.message}`, { cause: error })
  }
}

interface Opening {
  opened: Shutdown
  onError(error: unknown): void
}

async function openStores(settings: Settings, { opened, onError }: Opening): Promise<History> {
  const { dataDir, records: placed } = settings
  const series = await openToRead(settings)
  opened.add('the series', () => series.close())
  const partitions = await openJournals(settings, { newId: randomUUID, warn: onError })
  const { live } = await loadBook(partitions[0]).finally(() =>
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

function openToRead(settings: Settings): Promise<SeriesStore> {
  if (influxOf(settings) !== undefined) return openSeries(settings, Date.now)
  return openDuckDbSeries({ path: fileOf(settings), readOnly: true })
}

function fileOf({ dataDir }: Settings): string {
  return join(dataDir, 'series.duckdb')
}
