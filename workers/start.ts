import type { Gateway } from '../ingest/gateway.ts'
import type { Topics } from '../ingest/topics.ts'
import type { Finding } from '../rules/finding.ts'
import type { RecordsStore } from '../store/records/open.ts'
import type { DeadLetterPlace } from './dead-letters.ts'
import { relayFindings } from './finding-relay.ts'
import { gather } from './gather.ts'
import { inboxChannel } from './notices/channels/inbox/channel.ts'
import { mqttChannel } from './notices/channels/mqtt/channel.ts'
import { loadMessages, type Messages } from './notices/messages.ts'
import { giveUpNotice, sendNotice, waitingNotices } from './notices/send-notice.ts'
import { type OpenQueuesOptions, openQueues, type Queues } from './queues.ts'
import { noticeLifeMs } from './retry.ts'
import { type WorkersStatus, workersStatus } from './status.ts'
import { sweep } from './sweep.ts'
import { handleFinding } from './tickets/handle-finding.ts'

export interface StartWorkersOptions extends Pick<OpenQueuesOptions, 'connection' | 'onError' | 'retry'> {
  records: Pick<RecordsStore, 'db'>
  gateway: Pick<Gateway, 'publish' | 'onSubscribe'>
  topics: Topics
  now(): number
  /** Default 30,000. */
  sweepEveryMs?: number
  /** How many quarantined messages are kept, the newest. Default 10,000. */
  keepQuarantined?: number
}

export interface Workers {
  /** The handler of the journal's `findings` stream. */
  relay(findings: readonly Finding[]): Promise<void>
  /** Succeeds while the queues answer. */
  probe(): Promise<void>
  /** Cheap enough for every few seconds. */
  status(): Promise<WorkersStatus>
  /** What waits in each queue. */
  queueCounts: Queues['counts']
  /** Of the queues. */
  readonly deadLetters: readonly DeadLetterPlace[]
  /** Lets what is in work finish, for a few seconds at most. */
  stop(): Promise<void>
}

/** Starts what follows a finding: tickets, notices, and the sweep that looks after both. */
export async function startWorkers(options: StartWorkersOptions): Promise<Workers> {
  const { db } = options.records
  const messages = loadMessages()
  const queues = await openQueues(options)
  const enqueueNotices = (ids: readonly string[]) =>
    queues.add(
      'notices',
      ids.map((id) => ({ id, data: { notice: id } })),
    )
  const listening = gather<string>({
    handle: async (users) => enqueueNotices(await waitingNotices(db, users)),
    onError: options.onError,
  })
  takeJobs(options, { messages, queues, enqueueNotices, onListening: listening.add })
  await queues.sweepEvery(options.sweepEveryMs ?? 30_000)

  return {
    relay: (findings) => relayFindings(queues, findings),
    probe: async () => void (await queues.counts()),
    status: () => workersStatus(db, queues),
    queueCounts: () => queues.counts(),
    deadLetters: queues.deadLetters.map((place) => (place.name === 'notices' ? givingUp(db, place) : place)),
    async stop() {
      await listening.stop()
      await queues.close()
    },
  }
}

/** A notice that is dropped is over for the ledger as well: else the sweep would find it due. */
function givingUp(db: RecordsStore['db'], place: DeadLetterPlace): DeadLetterPlace {
  return {
    ...place,
    async drop(id) {
      await giveUpNotice(db, id)
      return place.drop(id)
    },
  }
}

interface Plumbing {
  messages: Messages
  queues: Queues
  enqueueNotices(ids: readonly string[]): Promise<void>
  onListening(user: string): void
}

function takeJobs(options: StartWorkersOptions, plumbing: Plumbing): void {
  const { messages, queues, enqueueNotices, onListening } = plumbing
  const { gateway, topics, now, keepQuarantined = 10_000 } = options
  const { db } = options.records
  const expirySeconds = noticeLifeMs / 1_000
  const channels = [inboxChannel(db, now), mqttChannel({ gateway, topics, expirySeconds, onListening })]

  queues.work(
    'findings',
    async (finding) => enqueueNotices(await handleFinding(finding, { db, messages, now })),
    { concurrency: 8 },
  )
  queues.work('notices', ({ notice }) => sendNotice(notice, { db, channels, now }), { concurrency: 16 })
  queues.work('sweep', () => sweep({ db, messages, now, enqueueNotices, keepQuarantined }), {
    concurrency: 1,
  })
}
