import { randomUUID } from 'node:crypto'
import { createApi } from '../api/api.ts'
import type { Finding } from '../contract/finding.ts'
import { topics } from '../contract/topics.ts'
import { checkInWords, createReadiness } from '../health/readiness.ts'
import { createPartitionedAcceptance } from '../ingest/acceptance/partitioned.ts'
import type { Kinds } from '../rules/files/kinds.ts'
import type { Vocabulary } from '../rules/files/load-rules.ts'
import { openRuleLife, type RuleLife } from '../rules/rollout/rule-life.ts'
import { appendByDevice, broadcast, keptFindings } from '../store/journal/partitions.ts'
import type { RecordsStore } from '../store/records/open.ts'
import { createProjection } from '../store/records/projection.ts'
import { ruleArchive } from '../store/records/rule-archive.ts'
import { deadLettersOf } from '../workers/dead-letters.ts'
import { deadLettersOfConsumer } from '../workers/dead-letters-of-consumer.ts'
import { startWorkers, type Workers } from '../workers/start.ts'
import { checkStart, StartError } from './doctor/check-start.ts'
import { type Figures, figuresOf } from './figures.ts'
import type { ForewarnOptions } from './options.ts'
import { startConsumers } from './parts/consumers.ts'
import { createGateway, kindCatalog, limitsOf } from './parts/ingest-settings.ts'
import { channelsFrom } from './parts/notice-channels.ts'
import { openStores } from './parts/open-stores.ts'
import { keptOf, startRetention } from './parts/retention.ts'
import { vocabularyOf } from './parts/rules.ts'
import { startRules } from './parts/start-rules.ts'
import { startWhenThere } from './parts/start-waiting.ts'
import { startRuleFlags } from './rule-flags.ts'
import { Shutdown } from './shutdown.ts'
import { createStatusReader } from './status.ts'
import { startTicker } from './ticker.ts'

/** The whole program, running. */
export interface Forewarn {
  httpUrl: string
  mqttUrl: string
  records: RecordsStore['db']
  /** What the journal still has of the findings, in their order in it. */
  findings(): Promise<Finding[]>
  ruleLife: RuleLife
  /** Resolves when this process cannot go on, with the reason: another one has taken over. It is to be stopped then. */
  lost: Promise<unknown>
  /** What people watch. */
  figures(): Promise<Figures>
  /** What is wrong at this moment: one line for each part that is away or fails. */
  wrong(): Promise<string[]>
  /** In reverse order of the start: nothing more is accepted, what was accepted is kept. */
  stop(): Promise<void>
}

/**
 * Starts every part, in the order of a reading's way from behind: stores, workers, consumers, acceptance, broker. So
 * nothing is accepted before all is there that it goes to.
 * @throws StartError when something outside is not as it must be
 * @throws when a part cannot start; those that had started are stopped again
 */
export async function startForewarn(options: ForewarnOptions): Promise<Forewarn> {
  const { settings, now, waiting, onError } = options
  const look = () => checkStart(settings)
  const startOnce = async () => {
    const shutdown = new Shutdown({ onError })
    try {
      return await start(options, shutdown)
    } catch (error) {
      await shutdown.run()
      throw error
    }
  }
  if (waiting !== undefined) return startWhenThere({ ...waiting, look, start: startOnce, now })
  const away = await look()
  if (away.length > 0) throw new StartError(away)
  return startOnce()
}

async function start(options: ForewarnOptions, shutdown: Shutdown): Promise<Forewarn> {
  const { settings, now } = options
  const vocabulary = await vocabularyOf(settings)
  const stores = await openStores(options, shutdown)
  const intake = createIntake(options, { ...stores, ...vocabulary })
  const workers = await startDesk(options, { ...stores, ...intake }, shutdown)
  const { ruleLife, consumers, lost } = await startReaders(
    options,
    { ...stores, vocabulary, workers },
    shutdown,
  )
  const parts = { ...stores, ...intake, workers, ruleLife, consumers }
  const { httpUrl, status, readiness } = await startApi(options, parts, shutdown)
  await startIntake(options, { ...stores, ...intake }, shutdown)
  const wrong = async () =>
    (await readiness()).checks.filter(({ ok }) => !ok).map((check) => checkInWords(check, now()))
  return {
    httpUrl,
    mqttUrl: intake.gateway.info().url,
    records: stores.records.db,
    findings: () => keptFindings(stores.partitions),
    ruleLife,
    lost,
    figures: async () => figuresOf(await status()),
    wrong,
    stop: () => shutdown.run(),
  }
}

type Stores = Awaited<ReturnType<typeof openStores>>
type Intake = ReturnType<typeof createIntake>
type Readers = Omit<Awaited<ReturnType<typeof startReaders>>, 'lost'>

/** What devices meet: it takes nothing before it is started. */
function createIntake(
  { settings, now, onError }: ForewarnOptions,
  { partitions, kinds }: Stores & { kinds: Kinds },
) {
  const topicNames = topics(settings.mqtt.prefix)
  const acceptance = createPartitionedAcceptance({
    partitions,
    kinds: kindCatalog(kinds),
    topics: topicNames,
    now,
    newId: randomUUID,
    enrolment: settings.ingest.enrolment,
    limits: limitsOf(settings),
  })
  const gateway = createGateway({ settings, topics: topicNames, accept: acceptance.accept, onError })
  return { topicNames, acceptance, gateway }
}

/** Tickets, notices, and the sweep that looks after both. */
async function startDesk(
  { settings, now, onError }: ForewarnOptions,
  { partitions, records, gateway, topicNames }: Stores & Intake,
  shutdown: Shutdown,
): Promise<Workers> {
  const { redisUrl } = settings.queue
  const workers = await startWorkers({
    connection: redisUrl ? { kind: 'redis', url: redisUrl } : { kind: 'postgres', pool: records.pool },
    records,
    gateway,
    topics: topicNames,
    tellJournal: (entries) => appendByDevice(partitions, entries),
    now,
    channels: channelsFrom(settings, now),
    keepQuarantined: settings.ingest.keepQuarantined,
    onError: (error, job) => onError(error, job ? `job of ${job.queue}` : 'queues'),
  })
  shutdown.add('the workers', () => workers.stop())
  return workers
}

/** The rules, everything that reads the journal, and what forgets the oldest of what is kept. */
async function startReaders(
  { settings, now, onError }: ForewarnOptions,
  { partitions, series, records, vocabulary, workers }: Stores & { vocabulary: Vocabulary; workers: Workers },
  shutdown: Shutdown,
) {
  const errorsOf = (where: string) => (error: unknown) => onError(error, where)
  const journal = broadcast(partitions)
  const folder = settings.rules.catalogDir
  const ruleLife = await openRuleLife({ journal, vocabulary, folder, archive: ruleArchive(records.db), now })
  shutdown.add('the rules', await startRules({ life: ruleLife, partitions, now, onError: errorsOf('rules') }))
  const projection = createProjection(records.db)
  const { kinds } = vocabulary
  const consumers = await startConsumers({ partitions, series, kinds, projection, workers, now, onError })
  shutdown.add('the consumers', () => consumers.stop())
  const keepMs = keptOf(settings)
  const retention = startRetention({ series, keepMs, now, onError: errorsOf('retention') })
  shutdown.add('the retention', () => retention.stop())
  const judged = { series, records: records.db, ruleLife, vocabulary, now, onError: errorsOf('rule flags') }
  const flags = startRuleFlags(judged)
  shutdown.add('the flags of rules', () => flags.stop())
  return { ruleLife, consumers: consumers.running, lost: consumers.lost }
}

/** What people and their tools are told, and may ask for. */
async function startApi(
  { settings, version, now, onError }: ForewarnOptions,
  parts: Stores & Intake & Readers & { workers: Workers },
  shutdown: Shutdown,
) {
  const { acceptance, workers, consumers, ruleLife, series } = parts
  const records = parts.records.db
  const reader = createStatusReader({ ...parts, records, consumers })
  const judge = createReadiness(now)
  const readiness = async () => judge(await reader.status())
  const deadLetters = deadLettersOf([
    ...workers.deadLetters,
    ...[...consumers].map(([name, consumption]) => deadLettersOfConsumer(name, consumption)),
  ])
  const { latest: latestAccepted, enrolment } = acceptance
  const told = { ...reader, readiness, latestAccepted, deadLetters, enrolment }
  const api = await createApi({
    version,
    records,
    ruleLife,
    series,
    ...told,
    now,
    newId: randomUUID,
    onError,
  })
  const httpUrl = await api.listen(settings.http)
  shutdown.add('the API', () => api.close())
  return { httpUrl, status: reader.status, readiness }
}

/** From here on devices are heard, and time passes for the rules. */
async function startIntake(
  { now, passTime = true, onError }: ForewarnOptions,
  { partitions, acceptance, gateway }: Stores & Intake,
  shutdown: Shutdown,
): Promise<void> {
  await acceptance.start()
  shutdown.add('the acceptance', () => acceptance.stop())
  await gateway.start()
  shutdown.add('the gateway', () => gateway.stop())
  if (!passTime) return
  const isListening = () =>
    gateway.info().connected && (acceptance.info().heldBack?.by ?? 'backlog') === 'backlog'
  const ticker = await startTicker({
    journal: broadcast(partitions),
    now,
    isListening,
    onError: (error) => onError(error, 'ticker'),
  })
  shutdown.add('the ticker', () => ticker.stop())
}
