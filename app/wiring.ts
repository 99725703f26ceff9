import { randomUUID } from 'node:crypto'
import { createApi } from '../api/api.ts'
import { checkInWords, createReadiness } from '../api/readiness.ts'
import { createPartitionedAcceptance } from '../ingest/acceptance/partitioned.ts'
import { topics } from '../ingest/topics.ts'
import { openRuleLife, type RuleLife } from '../rules/life/rule-life.ts'
import { broadcast } from '../store/journal/partitions.ts'
import type { RecordsStore } from '../store/records/open.ts'
import { createProjection } from '../store/records/projection.ts'
import { ruleArchive } from '../store/records/rule-archive.ts'
import { deadLettersOf } from '../workers/dead-letters.ts'
import { deadLettersOfConsumer } from '../workers/dead-letters-of-consumer.ts'
import { startWorkers } from '../workers/start.ts'
import { startConsumers } from './consumers.ts'
import { checkStart, StartError } from './doctor/check-start.ts'
import { type Figures, figuresOf } from './figures.ts'
import { createGateway, kindCatalog, limitsOf } from './ingest-settings.ts'
import { openStores } from './open-stores.ts'
import { keptOf, startRetention } from './retention.ts'
import { vocabularyOf } from './rules.ts'
import type { Settings } from './settings/schema.ts'
import { Shutdown } from './shutdown.ts'
import { startRules } from './start-rules.ts'
import { startWhenThere } from './start-waiting.ts'
import { createStatusReader } from './status.ts'
import { startTicker } from './ticker.ts'

export interface ForewarnOptions {
  settings: Settings
  version: string
  now: () => number
  /** Whether the rules are told how time passes. Not where only days long over are played: they know nothing of today. */
  passTime?: boolean
  /** Told of everything that went wrong and was handled: what failed, and where. */
  onError(error: unknown, where: string): void
  /** Waits for what is away at the start, says so, and ends the waiting by the signal. Without it nothing is waited for. */
  waiting?: { say(text: string): void; signal: AbortSignal }
}

/** The whole program, running. */
export interface Forewarn {
  httpUrl: string
  mqttUrl: string
  records: RecordsStore['db']
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
  const { settings, version, now, passTime = true, onError } = options
  const errorsOf = (where: string) => (error: unknown) => onError(error, where)
  const vocabulary = await vocabularyOf(settings)
  const { kinds } = vocabulary

  const { partitions, series, records } = await openStores(options, shutdown)
  const topicNames = topics(settings.mqtt.prefix)
  const everywhere = broadcast(partitions)
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

  const { redisUrl } = settings.queue
  const workers = await startWorkers({
    connection: redisUrl ? { kind: 'redis', url: redisUrl } : { kind: 'postgres', pool: records.pool },
    records,
    gateway,
    topics: topicNames,
    now,
    keepQuarantined: settings.ingest.keepQuarantined,
    onError: (error, job) => onError(error, job ? `job of ${job.queue}` : 'queues'),
  })
  shutdown.add('the workers', () => workers.stop())
  const folder = settings.rules.catalogDir
  const archive = ruleArchive(records.db)
  const ruleLife = await openRuleLife({ journal: everywhere, vocabulary, folder, archive, now })
  shutdown.add('the rules', await startRules({ life: ruleLife, partitions, now, onError: errorsOf('rules') }))
  const projection = createProjection(records.db)
  let onLost: (error: unknown) => void = () => undefined
  const lost = new Promise<unknown>((resolve) => {
    onLost = resolve
  })
  const consumers = await startConsumers({
    partitions,
    series,
    kinds,
    projection,
    workers,
    now,
    onError,
    onLost,
  })
  shutdown.add('the consumers', () => consumers.stop())
  const retention = startRetention({
    series,
    keepMs: keptOf(settings),
    now,
    onError: errorsOf('retention'),
  })
  shutdown.add('the retention', () => retention.stop())

  const reader = createStatusReader({
    partitions,
    acceptance,
    series,
    records: records.db,
    workers,
    gateway,
    consumers: consumers.statuses,
  })
  const judge = createReadiness(now)
  const readiness = async () => judge(await reader.status())
  const { latest: latestAccepted } = acceptance
  const deadLetters = deadLettersOf([
    ...workers.deadLetters,
    ...[...consumers.running].map(([name, consumption]) => deadLettersOfConsumer(name, consumption)),
  ])
  const told = { ...reader, readiness, latestAccepted, deadLetters }
  const api = await createApi({ version, records: records.db, ruleLife, series, ...told, now, onError })
  const httpUrl = await api.listen(settings.http)
  shutdown.add('the API', () => api.close())

  await acceptance.start()
  shutdown.add('the acceptance', () => acceptance.stop())
  await gateway.start()
  shutdown.add('the gateway', () => gateway.stop())
  if (passTime) {
    const isListening = () =>
      gateway.info().connected && (acceptance.info().heldBack?.by ?? 'backlog') === 'backlog'
    const ticker = await startTicker({ journal: everywhere, now, isListening, onError: errorsOf('ticker') })
    shutdown.add('the ticker', () => ticker.stop())
  }
  const figures = async () => figuresOf(await reader.status())
  const wrong = async () =>
    (await readiness()).checks.filter(({ ok }) => !ok).map((check) => checkInWords(check, now()))
  return {
    httpUrl,
    mqttUrl: gateway.info().url,
    records: records.db,
    ruleLife,
    lost,
    figures,
    wrong,
    stop: () => shutdown.run(),
  }
}
