import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type History, NoHistoryError } from '../rules/backtest/history.ts'
import { ServedHistoryError, servedHistory } from '../rules/backtest/served-history.ts'
import { storedHistory } from '../rules/backtest/stored-history.ts'
import { loadBook } from '../rules/life/stored-book.ts'
import { JournalLockedError } from '../store/journal/journal.ts'
import { openLmdbJournal } from '../store/journal/lmdb.ts'
import { DirectoryInUseError } from '../store/records/directory-lock.ts'
import { openRecords } from '../store/records/open.ts'
import { openDuckDbSeries } from '../store/series/duckdb.ts'
import { SeriesLockedError } from '../store/series/series.ts'
import { apiUrl } from './running-program.ts'
import type { Settings } from './settings/schema.ts'
import { Shutdown } from './shutdown.ts'

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
  const path = join(dataDir, 'series.duckdb')
  if (!existsSync(path))
    throw new NoHistoryError(`there is no history in ${dataDir}: no program ever ran on it`)
  const opened = new Shutdown({ onError })
  try {
    return { history: await openStores(settings, { path, opened, onError }), source: dataDir }
  } catch (error) {
    await opened.run()
    if (!isInUse(error)) throw error
    return await askHolder(settings, error)
  }
}

function isInUse(error: unknown): error is Error {
  return [SeriesLockedError, JournalLockedError, DirectoryInUseError].some((known) => error instanceof known)
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
  path: string
  opened: Shutdown
  onError(error: unknown): void
}

async function openStores(settings: Settings, { path, opened, onError }: Opening): Promise<History> {
  const { dataDir, journal: limits, records: placed } = settings
  const series = await openDuckDbSeries({ path, readOnly: true })
  opened.add('the series', () => series.close())
  const journal = await openLmdbJournal({ ...limits, dir: join(dataDir, 'journal') })
  const { live } = await loadBook(journal).finally(() => journal.close())
  const records = await openRecords({ url: placed.databaseUrl, dir: join(dataDir, 'records'), onError })
  opened.add('the records', () => records.close())
  return storedHistory({
    series,
    records: records.db,
    liveRules: async () => live.map(({ file, text }) => ({ file, text })),
    close: () => opened.run(),
  })
}
