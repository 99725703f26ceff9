import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { createMetrics } from '../../../health/metrics.ts'
import { silentLogger } from '../../../lib/logging/logger.ts'
import { monotonicNow } from '../../../lib/monotonic-clock.ts'
import type { Partitions } from '../../../store/journal/partitions.ts'
import { openSharedJournal } from '../../../store/journal/redis/shared/open-shared-journal.ts'
import { openRecords } from '../../../store/records/records-store.ts'
import { StartupError } from '../../doctor/startup-checks.ts'
import type { ForewarnOptions } from '../../options.ts'
import { rolesFrom } from '../../roles.ts'
import type { Settings } from '../../settings/schema.ts'
import type { Shutdown } from '../../shutdown.ts'
import { openSeries } from '../open-series.ts'

/**
 * Return what is missing in the settings of a process that shares the work with others: every part must be one that they
 * all reach.
 */
export function missingSharedParts({ mqtt, journal, series, records, queue }: Settings): string[] {
  const missing: [isMissing: boolean, what: string, variable: string][] = [
    [mqtt.url === undefined, 'a broker outside of this process', 'MQTT_URL'],
    [journal.kind !== 'redis', 'a journal in Redis', 'JOURNAL=redis'],
    [
      journal.redisUrl === undefined && queue.redisUrl === undefined,
      'a Redis for the journal',
      'JOURNAL_REDIS_URL, or REDIS_URL for the queues too',
    ],
    [queue.redisUrl === undefined, 'job queues in Redis', 'REDIS_URL'],
    [series.influxUrl === undefined, 'time series in InfluxDB', 'INFLUX_URL'],
    [records.databaseUrl === undefined, 'records in PostgreSQL', 'DATABASE_URL'],
  ]
  return missing.flatMap(([isMissing, what, variable]) =>
    isMissing
      ? [
          `roles (FOREWARN_ROLES, --roles): a process that shares the work with others needs ${what}: set ${variable}, ` +
            'in all of them alike; or leave roles empty, and one process does everything',
        ]
      : [],
  )
}

export type SharedParts = Awaited<ReturnType<typeof openSharedParts>>

/** Open what all processes of the installation share. @throws StartupError when a part is missing */
export async function openSharedParts(
  { settings, version, now, waiting, onError, log = silentLogger }: ForewarnOptions,
  shutdown: Shutdown,
) {
  const missing = missingSharedParts(settings)
  const { kind: _, lease, redisUrl: url = settings.queue.redisUrl, ...limits } = settings.journal
  if (missing.length > 0 || url === undefined) throw new StartupError(missing)
  const metrics = createMetrics({ version, startedAt: now() })
  shutdown.add('the metrics', async () => metrics.close())
  const self = `${hostname()}, process ${process.pid} (${randomUUID().slice(0, 8)})`
  const journal = await openSharedJournal({
    ...limits,
    url,
    lease: { durationMs: lease, holder: self },
    roles: [...rolesFrom(settings)],
    ...(waiting && { signal: waiting.signal }),
    onWarning: (warning) => log.warn(`journal: ${warning}`, { component: 'journal', event: 'durability' }),
    onWaiting(reason) {
      const text = reason.for === 'redis' ? reason.cause.message : `it is held by ${reason.holder}`
      if (waiting === undefined) throw new StartupError([text])
      waiting.log.warn(`waiting: ${text}`, { component: 'journal', event: 'waiting' })
    },
  })
  shutdown.add('the journal', async () => journal.close())
  const series = await openSeries(settings, monotonicNow)
  shutdown.add('the series', () => series.close())
  const records = await openRecords({
    url: settings.records.databaseUrl,
    dir: settings.dataDir,
    onError: (error) => onError(error, 'records'),
    onMigrated: (migrations) =>
      log.info('records database migrated', { component: 'records', event: 'migrated', migrations }),
  })
  shutdown.add('the records', () => records.close())
  return { journal, self, series, records, metrics, readers: readersOf(journal.partitions) }
}

function readersOf(partitions: readonly { journal: Partitions[number] }[]): Partitions {
  const [first, ...others] = partitions.map(({ journal }) => journal)
  if (first === undefined) throw new RangeError('there is no partition')
  return [first, ...others]
}
