import { randomUUID } from 'node:crypto'
import { createApi } from '../../api/api.ts'
import type { ApiDependencies } from '../../api/dependencies.ts'
import { topics } from '../../contract/topics.ts'
import { createMetrics, type Metrics } from '../../health/metrics.ts'
import { createReadinessEvaluator } from '../../health/readiness.ts'
import { devicePartitionKey } from '../../ingest/acceptance/device-registry.ts'
import { createPartitionedAcceptance } from '../../ingest/acceptance/partitioned-acceptance.ts'
import { ServerClock } from '../../ingest/clock/server-clock.ts'
import { collectGarbage } from '../../lib/collect-garbage.ts'
import { silentLogger } from '../../lib/logging/logger.ts'
import { monotonicNow } from '../../lib/monotonic-clock.ts'
import { releasedAt } from '../../lib/release-date.ts'
import type { AnyChannel } from '../../notices/channels/channel.ts'
import { addressSchemasOf } from '../../notices/channels/contact-addresses.ts'
import { awaitSubscribersAgain } from '../../notices/deliver/due-notices.ts'
import type { RuleReferences } from '../../rules/files/load-rules.ts'
import { openRuleRollout } from '../../rules/rollout/rule-rollout.ts'
import type { ConsumerGap } from '../../store/journal/history/resume.ts'
import { appendByDevice, broadcast, retainedFindings } from '../../store/journal/partitions.ts'
import { createRuleArchive } from '../../store/records/rule-archive.ts'
import { consumerDeadLetters } from '../../workers/consumer-dead-letters.ts'
import { combineDeadLetters } from '../../workers/dead-letters.ts'
import { startWorkers, type Workers } from '../../workers/start-workers.ts'
import { createBackupService } from '../backup/backup-service.ts'
import { detectQuietRestore, type QuietRestore } from '../backup/quiet-restore.ts'
import { runStartupChecks, StartupError } from '../doctor/startup-checks.ts'
import { createCircuitLog } from '../logging/circuit-log.ts'
import { createGapLog } from '../logging/gap-log.ts'
import { createGatewayLog } from '../logging/gateway-log.ts'
import { logRuleChanges } from '../logging/log-rule-changes.ts'
import { startQuarantineLog } from '../logging/quarantine-log.ts'
import type { ForewarnOptions } from '../options.ts'
import { type LoadedPlugins, loadPlugins } from '../plugins/load-plugins.ts'
import { Shutdown } from '../shutdown.ts'
import { SimulatedTime } from '../simulated-time.ts'
import { createStatusReader } from '../status-reader.ts'
import { toSystemStats } from '../system-stats.ts'
import { startTicker } from '../ticker.ts'
import { createProjection } from './consumers/create-projection.ts'
import { holdEntriesForStores } from './consumers/hold-entries.ts'
import { startConsumers } from './consumers/start-consumers.ts'
import type { Forewarn } from './forewarn.ts'
import { acceptanceLimitsFrom, createGateway, createKindCatalog } from './ingest-settings.ts'
import { createChannels } from './notice-channels.ts'
import { openStores } from './open-stores.ts'
import { startRoles } from './roles/start-roles.ts'
import { catalogFrom, kindFoldersFrom, loadVocabulary, rulesThreadsFrom } from './rule-vocabulary.ts'
import { startPeriodicWork } from './start-periodic-work.ts'
import { startRules } from './start-rules.ts'
import { startWhenAvailable, untilAborted } from './start-when-available.ts'

/**
 * Start every component, against the flow of a reading: stores, workers, consumers, acceptance, broker. So
 * nothing is accepted before the components that process it run.
 * @throws StartupError when an external requirement is not met
 * @throws when a component cannot start; those already started are stopped again
 */
export async function startForewarn(options: ForewarnOptions): Promise<Forewarn> {
  const { settings, waiting, onError } = options
  const checkDependencies = () => runStartupChecks(settings)
  const startParts = settings.roles.length > 0 ? startRoles : start
  const startOnce = async () => {
    const shutdown = new Shutdown({ onError })
    try {
      return await untilAborted(startParts(options, shutdown), waiting?.signal)
    } catch (error) {
      await shutdown.run()
      throw error
    }
  }
  if (waiting !== undefined)
    return startWhenAvailable({ ...waiting, checkDependencies, start: startOnce, now: monotonicNow })
  const unavailable = await checkDependencies()
  if (unavailable.length > 0) throw new StartupError(unavailable)
  return startOnce()
}

async function start(options: ForewarnOptions, shutdown: Shutdown): Promise<Forewarn> {
  const { settings, version, now, simulatedFrom: from } = options
  const plugins = await loadPlugins(settings.plugins)
  const vocabulary = await loadVocabulary(settings, plugins)
  const metrics = createMetrics({ version, startedAt: now() })
  shutdown.add('the metrics', async () => metrics.close())
  const stores = { ...(await openStores(options, shutdown)), metrics }
  const simulatedTime =
    from === undefined ? undefined : new SimulatedTime({ from, partitions: stores.partitions })
  const intake = createIngest(options, { ...stores, vocabulary, simulatedTime }, shutdown)
  const quietRestore = detectQuietRestore(settings.dataDir)
  // It reads the journal, and from it what is known of the time, before anything acts on time.
  await intake.acceptance.start()
  await holdEntriesForStores({ ...stores, records: stores.records.db })
  const { workers, channels } = await startDeskWorkers(
    options,
    { ...stores, ...intake, plugins, quietRestore },
    shutdown,
  )
  const { ruleRollout, consumers, leaseLost, gaps } = await startProcessing(
    options,
    { ...stores, ...intake, vocabulary, workers },
    shutdown,
  )
  await quietRestore.settle({ ...stores, records: stores.records.db, workers, now, log: options.log })
  const { detectors } = vocabulary
  const addresses = addressSchemasOf(channels)
  const parts = { ...stores, ...intake, workers, ruleRollout, consumers, gaps, detectors, addresses }
  const { httpUrl, status, readiness } = await startApi(options, parts, shutdown)
  // Before devices connect: the thread stands still for some milliseconds.
  if (options.releasesMemory) await collectGarbage()
  await startIngest(options, { ...stores, ...intake }, shutdown)
  return {
    httpUrl,
    mqttUrl: intake.gateway.info().url,
    records: stores.records.db,
    findings: () => retainedFindings(stores.partitions),
    ruleRollout,
    leaseLost,
    stats: async () => toSystemStats(await status()),
    checks: async () => (await readiness()).checks,
    passTime: async (at, next) => simulatedTime?.pass(at, next),
    stop: () => shutdown.run(),
  }
}

interface IngestSources {
  vocabulary: RuleReferences
  /** Of simulated devices; undefined: they have the real time. */
  simulatedTime: SimulatedTime | undefined
}

type ApiVocabulary = Pick<ApiDependencies, 'detectors' | 'addresses'>
type Stores = Awaited<ReturnType<typeof openStores>> & { metrics: Metrics }
type Ingest = ReturnType<typeof createIngest>
type Processing = Omit<Awaited<ReturnType<typeof startProcessing>>, 'leaseLost'>

/** Create acceptance and gateway; they accept nothing before they are started. */
function createIngest(
  { settings, now: realNow, onError, log = silentLogger }: ForewarnOptions,
  { partitions, vocabulary, metrics, simulatedTime }: Stores & IngestSources,
  shutdown: Shutdown,
) {
  const now = simulatedTime?.now ?? realNow
  const topicNames = topics(settings.mqtt.prefix)
  const quarantineLog = startQuarantineLog(log.child({ component: 'ingest' }))
  shutdown.add('the quarantine log', async () => quarantineLog.stop())
  const limits = acceptanceLimitsFrom(settings)
  const { maxClockAheadMs } = limits
  // A simulated past may lie before the release of the program.
  const earliest = simulatedTime === undefined ? releasedAt : Number.NEGATIVE_INFINITY
  const serverClock = new ServerClock({ now, monotonicNow, releasedAt: earliest, maxClockAheadMs })
  const acceptance = createPartitionedAcceptance({
    partitions,
    kinds: createKindCatalog(() => vocabulary.kinds),
    topics: topicNames,
    now,
    newId: randomUUID,
    registrationMode: settings.ingest.registration,
    limits,
    onQuarantined: quarantineLog.record,
    measurements: metrics.measurements,
    serverClock,
  })
  const gateway = createGateway({
    settings,
    topics: topicNames,
    accept: acceptance.accept,
    events: createGatewayLog(log.child({ component: 'mqtt' })),
    onError,
  })
  return { topicNames, serverClock, acceptance, gateway }
}

/** Start the workers for tickets and notices, and the sweep. */
async function startDeskWorkers(
  { settings, now, onError, log = silentLogger }: ForewarnOptions,
  {
    partitions,
    records,
    metrics,
    acceptance,
    gateway,
    topicNames,
    serverClock,
    plugins,
    quietRestore,
  }: Stores & Ingest & { plugins: LoadedPlugins; quietRestore: QuietRestore },
  shutdown: Shutdown,
): Promise<{ workers: Workers; channels: readonly AnyChannel[] }> {
  const { redisUrl } = settings.queue
  const onCircuitChange = createCircuitLog(log)
  const channels = createChannels(settings, { now, monotonicNow, onCircuitChange }, plugins.channels)
  if (!gateway.keepsMessages) await awaitSubscribersAgain(records.db, new Date(now()))
  const workers = await startWorkers({
    connection: redisUrl ? { kind: 'redis', url: redisUrl } : { kind: 'postgres', pool: records.pool },
    records,
    gateway,
    topics: topicNames,
    appendToJournal: (entries) =>
      appendByDevice(partitions, entries, (id) => devicePartitionKey(id, acceptance.registration.find(id))),
    now,
    channels,
    isMuted: quietRestore.isMuted,
    onCircuitChange,
    keepQuarantinedMs: settings.quarantine.keep,
    measurements: metrics.measurements,
    retentionNow: () => serverClock.retentionNow(),
    monotonicNow,
    onClockSetBack: (repaired) =>
      log.warn('the clock was set back; what it had made wait is due now', {
        component: 'sweep',
        event: 'clock_set_back',
        ...repaired,
      }),
    onError: (error, job) =>
      job ? onError(error, `job of ${job.queue}`, { job: job.id }) : onError(error, 'queues'),
  })
  shutdown.add('the workers', () => workers.stop())
  return { workers, channels }
}

/** Start the rules, the consumers of the journal, and the retention. */
async function startProcessing(
  { settings, now, onError, log = silentLogger }: ForewarnOptions,
  {
    partitions,
    series,
    records,
    metrics,
    vocabulary,
    workers,
    serverClock,
  }: Stores & Pick<Ingest, 'serverClock'> & { vocabulary: RuleReferences; workers: Workers },
  shutdown: Shutdown,
) {
  const reportAs = (where: string) => (error: unknown) => onError(error, where)
  const gaps: ConsumerGap[] = []
  const journal = broadcast(partitions)
  const rollout = await openRuleRollout({
    journal,
    references: vocabulary,
    catalog: catalogFrom(settings),
    kindFolders: kindFoldersFrom(settings),
    acceptRemovals: settings.rules.removals === 'accept',
    onKinds: (kinds) => {
      vocabulary.kinds = kinds
    },
    archive: createRuleArchive(records.db),
    now,
  })
  const ruleRollout = logRuleChanges(rollout, log)
  shutdown.add('the rules', await startRules({ ruleRollout, partitions, now, onError: reportAs('rules') }))
  const projection = createProjection({ settings, log }, records, workers)
  const consumers = await startConsumers({
    partitions,
    series,
    rules: { ...vocabulary, ...rulesThreadsFrom(settings) },
    projection,
    records: records.db,
    workers,
    onGap: createGapLog(gaps, log),
    onStarting: (stop) => shutdown.add('the consumers', stop),
    measurements: metrics.measurements,
    now,
    onError,
    log,
  })
  startPeriodicWork(
    { settings, series, records: records.db, ruleRollout, vocabulary, serverClock, now, reportAs },
    shutdown,
  )
  return { ruleRollout, consumers: consumers.byName, gaps, leaseLost: consumers.leaseLost }
}

/** Start the status, the metrics and the HTTP API. */
async function startApi(
  { settings, version, now, onError, log = silentLogger }: ForewarnOptions,
  dependencies: Stores & Ingest & Processing & ApiVocabulary & { workers: Workers },
  shutdown: Shutdown,
) {
  const { acceptance, workers, consumers, ruleRollout, detectors, addresses, series, metrics } = dependencies
  const backups = createBackupService({
    ...dependencies,
    dataDir: settings.dataDir,
    version,
    now,
    onError: (error) => onError(error, 'backup'),
  })
  const records = dependencies.records.db
  const reader = createStatusReader({
    ...dependencies,
    records,
    consumers,
    quarantineMaxBytes: settings.quarantine.maxBytes,
  })
  const evaluateReadiness = createReadinessEvaluator(now, monotonicNow)
  const readiness = async () => evaluateReadiness(await reader.status())
  const deadLetters = combineDeadLetters([
    ...workers.deadLetters,
    ...[...consumers].map(([name, consumption]) => consumerDeadLetters(name, consumption)),
  ])
  const { latestValues: latestAccepted, registration, quarantine } = acceptance
  const statusSources = { ...reader, readiness, latestAccepted, deadLetters, registration, quarantine }
  const api = await createApi({
    version,
    records,
    ruleRollout,
    detectors,
    addresses,
    series,
    backups,
    metrics,
    ...statusSources,
    now,
    newId: randomUUID,
    onError,
    log: log.child({ component: 'api' }),
  })
  const httpUrl = await api.listen(settings.http)
  shutdown.add('the API', () => api.close())
  return { httpUrl, status: reader.status, readiness }
}

/** Start the acceptance of messages from devices, and the ticks for the rules. */
async function startIngest(
  { now, simulatedFrom, passTime = simulatedFrom === undefined, onError }: ForewarnOptions,
  { partitions, acceptance, serverClock, gateway }: Stores & Ingest,
  shutdown: Shutdown,
): Promise<void> {
  shutdown.add('the acceptance', () => acceptance.stop())
  await gateway.start()
  shutdown.add('the gateway', () => gateway.stop())
  if (!passTime) return
  const isListening = () =>
    gateway.info().connected && (acceptance.info().backpressure?.by ?? 'backlog') === 'backlog'
  const ticker = await startTicker({
    journal: broadcast(partitions),
    now,
    isReceiving: isListening,
    isClockBelieved: () => serverClock.doubt() === undefined,
    onError: (error) => onError(error, 'ticker'),
  })
  shutdown.add('the ticker', () => ticker.stop())
}
