import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '../../lib/logging/logger.ts'
import { monotonicNow } from '../../lib/monotonic-clock.ts'
import { openRecords } from '../../store/records/records-store.ts'
import type { ForewarnOptions } from '../options.ts'
import type { Shutdown } from '../shutdown.ts'
import { openJournals } from './open-journals.ts'
import { openSeries } from './open-series.ts'

/**
 * Open the stores by the settings. The journal comes first: while another process owns it, this one changes
 * nothing.
 */
export async function openStores(
  { settings, waiting, onError, log = silentLogger }: ForewarnOptions,
  shutdown: Shutdown,
) {
  const partitions = await openJournals(settings, {
    newId: randomUUID,
    warn: (text) => log.warn(text, { component: 'journal', event: 'durability' }),
    startupWait: waiting,
  })
  log.info('journal opened', {
    component: 'journal',
    event: 'journal_opened',
    kind: settings.journal.kind,
    partitions: partitions.length,
  })
  shutdown.add('the journal', () => Promise.all(partitions.map((journal) => journal.close())))
  await mkdir(settings.dataDir, { recursive: true })
  const series = await openSeries(settings, monotonicNow)
  shutdown.add('the series', () => series.close())
  const records = await openRecords({
    url: settings.records.databaseUrl,
    dir: join(settings.dataDir, 'records'),
    onError: (error) => onError(error, 'records'),
    onMigrated: (migrations) =>
      log.info('records database migrated', { component: 'records', event: 'migrated', migrations }),
  })
  shutdown.add('the records', () => records.close())
  return { partitions, series, records }
}
