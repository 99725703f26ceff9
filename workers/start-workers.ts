import type { Kysely } from 'kysely'
import type { Finding } from '../contract/finding.ts'
import type { Measurements } from '../contract/measurements.ts'
import type { Topics } from '../contract/topics.ts'
import { createBatcher } from '../desk/batcher.ts'
import { RescheduleError } from '../desk/reschedule-error.ts'
import { type SweepOptions, sweep } from '../desk/sweep.ts'
import { handleFinding, type RelayedFinding } from '../desk/tickets/handle-finding.ts'
import type { Gateway } from '../ingest/gateway.ts'
import { passFailpoint } from '../lib/failpoint.ts'
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
import type { RecordsStore } from '../store/records/records-store.ts'
import type { NoticesTable, Records } from '../store/records/schema.ts'
import type { DeadLetterSource } from './dead-letters.ts'
import type { QueueName } from './jobs.ts'
import { type OpenQueuesOptions, openQueues, type QueueCounts, type Queues } from './queues.ts'
import { type ClockRepair, startSweeps } from './start-sweeps.ts'
import { countSweep } from './sweep-count.ts'
import type { SweepStatus } from './sweep-schedule.ts'

/** Limits one request to the queue, evidence included, to some hundred kilobytes. */
const relayBatchSize = 200

/**
 * Add the journal's findings to the queue, each under its own id: a repeated batch adds nothing. The journal's
 * cursor may advance when it has resolved. A finding that is cleared in the same batch, as by the upload of a device that was
 * offline, carries the time of its end, so that no notice of it is sent.
 */
async function relayFindings(queues: Pick<Queues, 'add'>, findings: readonly Finding[]): Promise<void> {
  for (let from = 0; from < findings.length; from += relayBatchSize) {
    const jobs = findings
      .slice(from, from + relayBatchSize)
      .map((finding, index) => ({ id: finding.id, data: withEnd(finding, findings.slice(from + index)) }))
    await queues.add('findings', jobs)
  }
}

function withEnd(finding: Finding, followers: readonly Finding[]): RelayedFinding {
  if (finding.state !== 'raised') return finding
  const end = followers.find((other) => other.state === 'cleared' && isOfSameRule(finding, other))
  return end === undefined ? finding : { ...finding, endedAt: end.at }
}

function isOfSameRule(one: Finding, other: Finding): boolean {
  return (
    one.rule === other.rule &&
    one.device === other.device &&
    one.component === other.component &&
    one.epoch === other.epoch &&
    one.shadow === other.shadow
  )
}

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
  /** Handle a batch of the journal's `findings` stream. */
  relay(findings: readonly Finding[]): Promise<void>
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
  /** Wait for running jobs, for a few seconds at most, and stop. */
  stop(): Promise<void>
}

/** Start the processing of findings: tickets, notices, and the sweep that retries and expires both. */
export async function startWorkers(options: StartWorkersOptions): Promise<Workers> {
  const { db } = options.records
  const messages = loadMessageCatalog()
  const queues = await openQueues(options)
  const enqueueNotices = (ids: readonly string[]) =>
    queues.add(
      'notices',
      ids.map((id) => ({ id, data: { notice: id } })),
    )
  const subscriberBatch = createBatcher<string>({
    handle: async (users) => enqueueNotices(await noticesAwaitingSubscriber(db, users)),
    onError: options.onError,
  })
  const guards = createGuardedChannels(options, subscriberBatch.add)
  startJobWorkers(options, {
    messages,
    queues,
    enqueueNotices,
    channels: [inboxChannel(db, options.now), ...guards],
  })
  const sweeps = await startSweeps(options, queues)

  return {
    relay: (findings) => relayFindings(queues, findings),
    probe: async () => void (await queues.counts()),
    status: () => readWorkersStatus(db, queues),
    sweepStatus: () => sweeps.status(),
    queueCounts: () => queues.counts(),
    channelStatuses: () => guards.map((channel) => channel.status()),
    deadLetters: queues.deadLetters.map((place) =>
      place.name === 'notices' ? abandonDroppedNotices(options, place) : place,
    ),
    async stop() {
      await subscriberBatch.stop()
      await sweeps.stop()
      await queues.close()
    },
  }
}

/** Also mark a dropped notice as abandoned in the records: otherwise the sweep would queue it again. */
function abandonDroppedNotices(
  { records, now }: StartWorkersOptions,
  place: DeadLetterSource,
): DeadLetterSource {
  return {
    ...place,
    async drop(id) {
      await abandonNotice(records.db, id, new Date(now()))
      return place.drop(id)
    },
  }
}

interface JobDependencies {
  messages: MessageCatalog
  queues: Queues
  enqueueNotices(ids: readonly string[]): Promise<void>
  channels: readonly AnyChannel[]
}

/** Create the guarded channels. The inbox needs no guard: it fails only with the records, and then nothing is sent. */
function createGuardedChannels(
  options: StartWorkersOptions,
  onSubscribed: (user: string) => void,
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

function startJobWorkers(options: StartWorkersOptions, plumbing: JobDependencies): void {
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
    async (finding) => {
      const notices = await handleFinding(finding, { db, messages, now })
      measurements?.findingRecorded(finding.id, notices)
      passFailpoint('findings.after_commit')
      await enqueueNotices(notices)
      passFailpoint('findings.after_enqueue')
    },
    { concurrency: 8 },
  )
  queues.startWorker('notices', createNoticeJobHandler({ db, channels, now, retentionNow, measurements }), {
    concurrency: 16,
  })
  const sweepAndCount = async () => {
    await sweep(sweeping)
    await countSweep(db, new Date(now()))
  }
  queues.startWorker('sweep', sweepAndCount, { concurrency: 1 })
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
