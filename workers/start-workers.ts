import type { Kysely } from 'kysely'
import type { Finding } from '../contract/finding.ts'
import type { Measurements } from '../contract/measurements.ts'
import type { Topics } from '../contract/topics.ts'
import { createBatcher } from '../desk/batcher.ts'
import { RescheduleError } from '../desk/reschedule-error.ts'
import { type SweepOptions, sweep } from '../desk/sweep.ts'
import type { Gateway } from '../ingest/gateway.ts'
import { monotonicNow as processMonotonicNow } from '../lib/monotonic-clock.ts'
import { dayMs } from '../lib/time.ts'
import type { AnyChannel } from '../notices/channels/channel.ts'
import { inboxChannel } from '../notices/channels/inbox/channel.ts'
import { mqttChannel } from '../notices/channels/mqtt/channel.ts'
import { abandonNotice, type DeliverNoticeOptions, deliverNotice } from '../notices/deliver/deliver-notice.ts'
import { noticesAwaitingSubscriber } from '../notices/deliver/due-notices.ts'
import {
  type ChannelStatus,
  type CircuitChange,
  type GuardedChannel,
  withGuard,
} from '../notices/deliver/guard/channel-guard.ts'
import { loadMessageCatalog, type MessageCatalog } from '../notices/messages/message-catalog.ts'
import { noticeTtlMs } from '../notices/notice.ts'
import { createOwedNotices } from '../notices/write/create-owed-notices.ts'
import type { HandledBatch } from '../store/journal/consume-options.ts'
import type { RecordsStore } from '../store/records/records-store.ts'
import type { NoticesTable, Records } from '../store/records/schema.ts'
import type { DeadLetterSource } from './dead-letters.ts'
import {
  type ConfirmedBatch,
  confirmFindings,
  forgetFailedFinding,
  recoverFailedFindings,
} from './findings/confirm-findings.ts'
import { enqueueFindings } from './findings/enqueue-findings.ts'
import { createFindingJobHandler } from './findings/finding-job.ts'
import { createFindingLanes } from './findings/finding-lanes.ts'
import type { QueueName } from './jobs.ts'
import { type OpenQueuesOptions, openQueues, type QueueCounts, type Queues } from './queues.ts'
import { type ClockRepair, startSweeps } from './start-sweeps.ts'
import { countSweep } from './sweep-count.ts'
import type { SweepStatus } from './sweep-schedule.ts'

export interface StartWorkersOptions extends Pick<OpenQueuesOptions, 'connection' | 'onError' | 'retry'> {
  measurements?: Measurements | undefined
  records: Pick<RecordsStore, 'db'>
  gateway: Pick<Gateway, 'publish' | 'onSubscribe'>
  topics: Topics
  /** Append entries; resolves when they are committed to the journal, each in the partition of its device. */
  appendToJournal: SweepOptions['appendToJournal']
  now(): number
  /** As in the options of the sweep. */
  retentionNow?: () => number
  /** Called when the circuit breaker of the MQTT channel opens or closes. */
  onCircuitChange?: (change: CircuitChange) => void
  /** Channels besides the inbox and MQTT. */
  channels?: readonly GuardedChannel[]
  /** Whether notices wait at present, as after a quiet restore. Default: never. */
  isMuted?(): boolean
  /** Interval of the sweep, ms. Default 30,000. */
  sweepEveryMs?: number
  /** Age at which quarantined messages are deleted, ms. Default 90 days. */
  keepQuarantinedMs?: number
  /** ms, by a monotonic clock. Default: that of the process. */
  monotonicNow?: () => number
  /** Called when the clock was set back, with the jobs and notices that it had made wait. */
  onClockSetBack?: (repaired: ClockRepair) => void
}

export interface Workers {
  /**
   * Hand a batch of the journal's `findings` stream to the queue. The cursor of the relay may advance when it has
   * resolved.
   */
  relay(findings: readonly Finding[]): Promise<void>
  /** Wait until a batch of the same stream has its outcome in the records; see `confirm-findings.ts`. */
  confirm(batch: ConfirmedBatch, signal: AbortSignal): Promise<HandledBatch<Finding>>
  /** Write and enqueue the notices that findings owe to the owners of devices which were recorded after them. */
  devicesRecorded(ids: readonly string[]): void
  /** Check that the queues respond. */
  probe(): Promise<void>
  /** Return the status; cheap enough for a call every few seconds. */
  status(): Promise<WorkersStatus>
  /** Return when the last sweep was completed, as observed by this process. */
  sweepStatus(): SweepStatus
  /** Return the job counts of each queue. */
  queueCounts: Queues['counts']
  /** Return the status of the channels, as observed by this process. */
  channelStatuses(): ChannelStatus[]
  /** Dead letters of the queues. */
  readonly deadLetters: readonly DeadLetterSource[]
  /** Run a sweep at once, in this process. */
  runSweep(): Promise<void>
  /** Wait for running jobs, for a few seconds at most, and stop. */
  stop(): Promise<void>
}

/** Maximum number of notices that are written at once for devices that were recorded; the sweep writes the others. */
const maxOwedNotices = 1_000

/** Start the processing of findings: tickets, notices, and the sweep that retries and expires both. */
export async function startWorkers(options: StartWorkersOptions): Promise<Workers> {
  const { db } = options.records
  const messages = loadMessageCatalog()
  const queues = await openQueues(options)
  const enqueueNotices = (ids: readonly string[], priority = 0) =>
    queues.add(
      'notices',
      ids.map((id) => ({ id, data: { notice: id }, priority })),
    )
  const lanes = createFindingLanes(options.monotonicNow ?? processMonotonicNow)
  const subscriberBatch = createBatcher<string | undefined>({
    handle: async (given) => {
      const users = given.filter((user) => user !== undefined)
      const isAny = users.length < given.length
      await enqueueNotices(await noticesAwaitingSubscriber(db, isAny ? undefined : users))
    },
    onError: options.onError,
  })
  const deviceBatch = createBatcher<string>({
    handle: async (devices) => {
      const owed = { messages, now: new Date(options.now()), devices, limit: maxOwedNotices }
      const written = await db.transaction().execute((trx) => createOwedNotices(trx, owed))
      await enqueueNotices(written.map(({ notice }) => notice))
    },
    onError: options.onError,
  })
  const guards = createGuardedChannels(options, subscriberBatch.add)
  const runSweep = startJobWorkers(options, {
    messages,
    queues,
    enqueueNotices,
    channels: [inboxChannel(db, options.now), ...guards],
  })
  const closeQueues = async () => {
    await subscriberBatch.stop()
    await deviceBatch.stop()
    await queues.close()
  }
  const sweeps = await startSweeps(options, queues).catch(async (error: unknown) => {
    await closeQueues()
    throw error
  })

  return {
    relay: (findings) => enqueueFindings(queues, findings, lanes),
    confirm: (batch, signal) => confirmFindings(batch, { db, queues, now: options.now, signal }),
    devicesRecorded: (ids) => {
      for (const id of ids) deviceBatch.add(id)
    },
    probe: async () => void (await queues.counts()),
    status: () => readWorkersStatus(db, queues),
    sweepStatus: () => sweeps.status(),
    queueCounts: () => queues.counts(),
    runSweep,
    channelStatuses: () => guards.map((channel) => channel.status()),
    deadLetters: queues.deadLetters.map((place) => withRecordsOnDrop(options, place)),
    async stop() {
      await sweeps.stop()
      await closeQueues()
    },
  }
}

/** What a process that handles no jobs sees of the queues, and may do with their dead letters. */
export async function openWorkerQueues(
  options: Pick<StartWorkersOptions, 'connection' | 'onError' | 'records' | 'now' | 'monotonicNow'>,
): Promise<Pick<Workers, 'queueCounts' | 'channelStatuses' | 'sweepStatus' | 'deadLetters' | 'stop'>> {
  const queues = await openQueues(options)
  const sweeps = await startSweeps(options, queues).catch(async (error: unknown) => {
    await queues.close()
    throw error
  })
  return {
    queueCounts: () => queues.counts(),
    channelStatuses: () => [],
    sweepStatus: () => sweeps.status(),
    deadLetters: queues.deadLetters.map((place) => withRecordsOnDrop(options, place)),
    async stop() {
      await sweeps.stop()
      await queues.close()
    },
  }
}

/** Drop a notice or a finding in the records, too: otherwise the sweep would queue it again. */
function withRecordsOnDrop(
  { records, now }: Pick<StartWorkersOptions, 'records' | 'now'>,
  place: DeadLetterSource,
): DeadLetterSource {
  return {
    ...place,
    async drop(id) {
      if (place.name === 'notices') await abandonNotice(records.db, id, new Date(now()))
      if (place.name === 'findings') await forgetFailedFinding(records.db, id)
      return place.drop(id)
    },
  }
}

interface JobDependencies {
  messages: MessageCatalog
  queues: Queues
  enqueueNotices(ids: readonly string[], priority?: number): Promise<void>
  channels: readonly AnyChannel[]
}

/** Create the guarded channels. The inbox needs no guard: it fails only with the records, and then nothing is sent. */
function createGuardedChannels(
  options: StartWorkersOptions,
  onSubscribed: (user: string | undefined) => void,
): GuardedChannel[] {
  const { gateway, topics, now, monotonicNow, onCircuitChange, channels = [] } = options
  const mqtt = mqttChannel({
    gateway,
    topics,
    expirySeconds: noticeTtlMs / 1_000,
    onSubscriber: onSubscribed,
  })
  const guarded = withGuard(mqtt, {
    now,
    ...(monotonicNow && { monotonicNow }),
    ...(onCircuitChange && { onCircuitChange }),
  })
  return [guarded, ...channels]
}

/** @returns a function that runs a sweep at once */
function startJobWorkers(options: StartWorkersOptions, plumbing: JobDependencies): () => Promise<void> {
  const { messages, queues, enqueueNotices, channels } = plumbing
  const { now, retentionNow, appendToJournal, keepQuarantinedMs = 90 * dayMs, measurements } = options
  const { db } = options.records
  const sweeping: SweepOptions = {
    db,
    messages,
    now,
    enqueueNotices,
    keepQuarantinedMs,
    appendToJournal,
    ...(retentionNow && { retentionNow }),
  }

  queues.startWorker(
    'findings',
    createFindingJobHandler({
      db,
      messages,
      now,
      queues,
      enqueueNotices,
      measurements,
      onError: options.onError,
    }),
    { concurrency: 8 },
  )
  const deliver = createNoticeJobHandler({ db, channels, now, retentionNow, measurements })
  // The ledger still has what is muted: the sweep queues it again.
  const deliverUnlessMuted = async (job: { notice: string }) =>
    options.isMuted?.() ? undefined : deliver(job)
  queues.startWorker('notices', deliverUnlessMuted, { concurrency: 16 })
  const runSweep = async () => {
    await sweep(sweeping)
    await countSweep(db, new Date(now()))
    await recoverFailedFindings({ db, queues })
  }
  queues.startWorker('sweep', runSweep, { concurrency: 1 })
  return runSweep
}

function createNoticeJobHandler(options: DeliverNoticeOptions): (job: { notice: string }) => Promise<void> {
  return async ({ notice }) => {
    const sending = await deliverNotice(notice, options)
    if (sending.is === 'rate_limited') throw new RescheduleError(sending.retryInMs)
  }
}

interface WorkersStatus {
  queues: Record<QueueName, QueueCounts>
  /** Number of notices in each state; a state without notices is absent. */
  notices: Partial<Record<NoticesTable['state'], number>>
  openTickets: number
  tickets: number
}

async function readWorkersStatus(
  db: Kysely<Records>,
  queues: Pick<Queues, 'counts'>,
): Promise<WorkersStatus> {
  const [counts, notices, tickets] = await Promise.all([
    queues.counts(),
    db
      .selectFrom('notices')
      .select(({ fn }) => ['state', fn.countAll<string>().as('count')])
      .groupBy('state')
      .execute(),
    db
      .selectFrom('tickets')
      .select(({ fn }) => [
        fn.countAll<string>().as('all'),
        fn.countAll<string>().filterWhere('work_state', 'not in', ['closed', 'cancelled']).as('open'),
      ])
      .executeTakeFirstOrThrow(),
  ])
  return {
    queues: counts,
    notices: Object.fromEntries(notices.map(({ state, count }) => [state, Number(count)])),
    openTickets: Number(tickets.open),
    tickets: Number(tickets.all),
  }
}
