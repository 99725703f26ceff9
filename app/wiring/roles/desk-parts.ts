import { randomUUID } from 'node:crypto'
import { devicePartitionKey } from '../../../ingest/acceptance/device-registry.ts'
import { createExternalBroker } from '../../../ingest/external/external-broker.ts'
import { silentLogger } from '../../../lib/logging/logger.ts'
import { monotonicNow } from '../../../lib/monotonic-clock.ts'
import { appendByDevice } from '../../../store/journal/partitions.ts'
import { openWorkerQueues, startWorkers } from '../../../workers/start-workers.ts'
import { createCircuitLog } from '../../logging/circuit-log.ts'
import type { ForewarnOptions } from '../../options.ts'
import type { Shutdown } from '../../shutdown.ts'
import { createProjection } from '../consumers/create-projection.ts'
import { createChannels } from '../notice-channels.ts'
import type { CommonParts } from './common-parts.ts'
import { createDeskRole } from './consumer-roles.ts'
import type { SharedParts } from './open-shared-parts.ts'
import type { ClaimedRole } from './partition-claims.ts'

type Parts = SharedParts & CommonParts & { hasDesk: boolean }

/** Start the workers for tickets and notices, and the sweep; in a process without the role, a view of the queues alone. */
export async function startDesk(options: ForewarnOptions, parts: Parts, shutdown: Shutdown) {
  const { settings, now, onError, log = silentLogger } = options
  const onCircuitChange = createCircuitLog(log)
  const channels = createChannels(settings, { now, monotonicNow, onCircuitChange }, parts.plugins.channels)
  const queueOptions = {
    connection: { kind: 'redis', url: settings.queue.redisUrl ?? '' } as const,
    records: parts.records,
    now,
    monotonicNow,
    onError: (error: Error, job?: { queue: string; id: string }) =>
      job ? onError(error, `job of ${job.queue}`, { job: job.id }) : onError(error, 'queues'),
  }
  if (!parts.hasDesk) {
    const workers = await openWorkerQueues(queueOptions)
    shutdown.add('the queues', () => workers.stop())
    return { workers, channels, role: undefined }
  }
  const gateway = createPublisher(options, parts)
  await gateway.start()
  shutdown.add('the publisher', () => gateway.stop())
  const workers = await startWorkers({
    ...queueOptions,
    gateway,
    topics: parts.topicNames,
    appendToJournal: (entries) =>
      appendByDevice(parts.readers, entries, (id) => devicePartitionKey(id, parts.registry.devices.get(id))),
    channels,
    onCircuitChange,
    keepQuarantinedMs: settings.quarantine.keep,
    measurements: parts.metrics.measurements,
    retentionNow: () => parts.serverClock.retentionNow(),
    onClockSetBack: (repaired) =>
      log.warn('the clock was set back; what it had made wait is due now', {
        component: 'sweep',
        event: 'clock_set_back',
        ...repaired,
      }),
  })
  shutdown.add('the workers', () => workers.stop())
  const projection = createProjection({ settings, log }, parts.records, workers)
  const role: ClaimedRole = createDeskRole(parts.consumers, { workers, projection })
  return { workers, channels, role }
}

/** Create the client of the broker that sends notices to phones. */
function createPublisher({ settings, onError }: ForewarnOptions, { topicNames }: CommonParts) {
  const { url = '', protocolVersion, clientId, maxPacketBytes } = settings.mqtt
  return createExternalBroker({
    url,
    protocolVersion,
    clientId: `${clientId}-notices-${randomUUID().slice(0, 8)}`,
    receives: 'publish',
    topics: topicNames,
    maxPacketBytes,
    accept: async () => undefined,
    onError: (error) => onError(error, 'mqtt'),
  })
}
