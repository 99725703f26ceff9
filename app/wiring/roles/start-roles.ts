import { silentLogger } from '../../../lib/logging/logger.ts'
import { retainedFindings } from '../../../store/journal/partitions.ts'
import { startQuarantineLog } from '../../logging/quarantine-log.ts'
import type { ForewarnOptions } from '../../options.ts'
import { rolesFrom } from '../../roles.ts'
import type { Shutdown } from '../../shutdown.ts'
import { toSystemStats } from '../../system-stats.ts'
import type { Forewarn } from '../forewarn.ts'
import { acceptanceOptions, type CommonParts, prepareCommonParts } from './common-parts.ts'
import { createRulesRole, createSeriesRole } from './consumer-roles.ts'
import { startDesk } from './desk-parts.ts'
import { IngestRole } from './ingest/ingest-role.ts'
import { lead } from './ingest/lead.ts'
import { MessageRouter } from './ingest/message-router.ts'
import { readRetainedStates } from './ingest/retained-states.ts'
import { openSharedParts, type SharedParts } from './open-shared-parts.ts'
import { type ClaimedRole, PartitionClaims } from './partition-claims.ts'
import { startHttp } from './role-http.ts'

/** Processes announce themselves this often in the duration of a lease. */
const announcementsPerLease = 5
/** A process that joins or leaves is known to the others after this time, ms. */
const maxAnnounceMs = 1_000

/** Start the roles of this process; other processes have the others. @throws StartupError when a shared part is missing */
export async function startRoles(options: ForewarnOptions, shutdown: Shutdown): Promise<Forewarn> {
  const { settings, onError, log = silentLogger } = options
  const roles = rolesFrom(settings)
  const parts = await openSharedParts(options, shutdown)
  const common = await prepareCommonParts(options, parts, shutdown)
  const { consumers, ruleRollout } = common
  const desk = await startDesk(options, { ...parts, ...common, hasDesk: roles.has('desk') }, shutdown)
  const ingest = roles.has('ingest') ? createIngest(options, { ...parts, ...common }, shutdown) : undefined
  const claimed: ClaimedRole[] = [
    ...(ingest === undefined ? [] : [ingest]),
    ...(roles.has('series') ? [createSeriesRole(consumers)] : []),
    ...(roles.has('rules') ? [createRulesRole(consumers)] : []),
    ...(desk.role === undefined ? [] : [desk.role]),
  ]
  const claims = new PartitionClaims({
    journal: parts.journal,
    self: parts.self,
    announceMs: Math.min(maxAnnounceMs, settings.journal.lease / announcementsPerLease),
    roles: claimed,
    log,
    onError,
  })
  const sources = { ...parts, ...common, ...desk, ingest }
  const { httpUrl, status, readiness } = await startHttp(options, sources, shutdown)
  claims.start()
  shutdown.add('the roles', () => claims.stop())
  log.info(`roles: ${[...roles].join(', ')}`, { event: 'roles_started', roles: [...roles] })
  return {
    httpUrl,
    mqttUrl: settings.mqtt.url ?? '',
    records: parts.records.db,
    findings: () => retainedFindings(parts.readers),
    ruleRollout,
    // A lease that was lost ends the work in one partition, not the process.
    leaseLost: new Promise(() => undefined),
    stats: async () => toSystemStats(await status()),
    checks: async () => (await readiness()).checks,
    passTime: async () => undefined,
    stop: () => shutdown.run(),
  }
}

function createIngest(
  options: ForewarnOptions,
  parts: SharedParts & CommonParts,
  shutdown: Shutdown,
): IngestRole {
  const { settings, now, passTime = true, onError, log = silentLogger } = options
  const { journal, registry, topicNames, serverClock, ruleRollout, readers } = parts
  const quarantineLog = startQuarantineLog(log.child({ component: 'ingest' }))
  shutdown.add('the quarantine log', async () => quarantineLog.stop())
  const stopping = new AbortController()
  shutdown.add('the router', async () => stopping.abort())
  const router = new MessageRouter({
    prefix: topicNames.prefix,
    partitions: journal.partitions,
    find: (id) => registry.devices.get(id),
    now,
    signal: stopping.signal,
  })
  const { url = '', protocolVersion, clientId, maxPacketBytes } = settings.mqtt
  const broker = {
    url,
    protocolVersion,
    clientId,
    maxPacketBytes,
    topics: topicNames,
    onError: (error: Error) => onError(error, 'mqtt'),
  }
  const ingest = new IngestRole({
    acceptance: { ...acceptanceOptions(options, parts), onQuarantined: quarantineLog.record },
    broker,
    router,
    waitForRules: (stopped) => registry.waitForRules(stopped),
    lead: (context) =>
      lead(context, {
        readers,
        ruleRollout,
        exclusive: parts.exclusive,
        readRetained: (at) => readRetainedStates({ ...at, broker, accept: router.accept }),
        passTime,
        now,
        isReceiving: () => ingest.isReceiving && (ingest.backpressure()?.by ?? 'backlog') === 'backlog',
        isClockBelieved: () => serverClock.doubt() === undefined,
        onError,
      }),
    onError,
  })
  return ingest
}
