import { randomUUID } from 'node:crypto'
import { createApi } from '../../../api/api.ts'
import { createHealthServer } from '../../../api/health/health-server.ts'
import { createReadinessEvaluator } from '../../../health/readiness.ts'
import { silentLogger } from '../../../lib/logging/logger.ts'
import { monotonicNow } from '../../../lib/monotonic-clock.ts'
import type { AnyChannel } from '../../../notices/channels/channel.ts'
import { addressSchemasOf } from '../../../notices/channels/contact-addresses.ts'
import { combineDeadLetters } from '../../../workers/dead-letters.ts'
import type { Workers } from '../../../workers/start-workers.ts'
import { createBackupService } from '../../backup/backup-service.ts'
import type { ForewarnOptions } from '../../options.ts'
import { rolesFrom } from '../../roles.ts'
import type { Shutdown } from '../../shutdown.ts'
import { createStatusReader, type StatusReader } from '../../status-reader.ts'
import { type CommonParts, createLocalAcceptance } from './common-parts.ts'
import { sharedDeadLetters } from './dead-letter-calls.ts'
import { createRemoteAcceptance } from './ingest/acceptance-calls.ts'
import type { IngestRole } from './ingest/ingest-role.ts'
import type { SharedParts } from './open-shared-parts.ts'

interface HttpParts extends SharedParts, CommonParts {
  workers: Pick<Workers, 'queueCounts' | 'channelStatuses' | 'sweepStatus' | 'deadLetters'>
  channels: readonly AnyChannel[]
  ingest: IngestRole | undefined
}

/** Start the HTTP server: liveness, readiness and metrics in every process, the API in those with that role. */
export async function startHttp(options: ForewarnOptions, parts: HttpParts, shutdown: Shutdown) {
  const { settings, version, now, onError, log = silentLogger } = options
  const reader = createReader(options, parts)
  const evaluateReadiness = createReadinessEvaluator(now, monotonicNow)
  const readiness = async () => evaluateReadiness(await reader.status())
  const { metrics } = parts
  const served = {
    version,
    metrics,
    readiness,
    status: reader.status,
    onError,
    log: log.child({ component: 'api' }),
  }
  const server = rolesFrom(settings).has('api')
    ? await createApi({ ...apiDependencies(options, parts), ...served, seriesLag: reader.seriesLag })
    : await createHealthServer(served)
  const httpUrl = await server.listen(settings.http)
  shutdown.add('the HTTP server', () => server.close())
  return { httpUrl, status: reader.status, readiness }
}

function createReader({ settings }: ForewarnOptions, parts: HttpParts): StatusReader {
  const { readers, series, records, workers, ingest, running, gaps } = parts
  const url = settings.mqtt.url ?? ''
  return createStatusReader({
    partitions: readers,
    acceptance: {
      info: () => ({ counts: {}, pending: 0, devices: 0, backpressure: ingest?.backpressure() }),
    },
    series,
    records: records.db,
    workers,
    // A process that receives nothing does not depend on the broker.
    gateway: { info: () => ingest?.gatewayInfo() ?? { url, connected: true } },
    quarantineMaxBytes: settings.quarantine.maxBytes,
    consumers: running,
    gaps,
  })
}

function apiDependencies(options: ForewarnOptions, parts: HttpParts) {
  const { settings, version, now, onError } = options
  const { journal, readers, records, series, ruleRollout, registry, topicNames, vocabulary, workers } = parts
  const { registration, quarantine } = createRemoteAcceptance({
    partitions: journal.partitions,
    prefix: topicNames.prefix,
    find: (id) => registry.devices.get(id),
    local: createLocalAcceptance(options, parts),
  })
  return {
    records: records.db,
    series,
    ruleRollout,
    detectors: vocabulary.detectors,
    addresses: addressSchemasOf(parts.channels),
    // What was accepted and is not in the series yet is known to the process that ingests the device alone.
    latestAccepted: () => new Map<string, { ts: number; value: number }>(),
    deadLetters: combineDeadLetters([
      ...workers.deadLetters,
      ...sharedDeadLetters(journal.partitions, readers),
    ]),
    backups: createBackupService({
      partitions: readers,
      series,
      records,
      dataDir: settings.dataDir,
      version,
      now,
      onError: (error) => onError(error, 'backup'),
    }),
    registration,
    quarantine,
    now,
    newId: randomUUID,
  }
}
