import { setTimeout as sleep } from 'node:timers/promises'
import { ConditionVariable } from '../../condition-variable.ts'
import { type Journal, JournalConsumerError, type JournalFencedError } from '../../journal.ts'
import type { RetentionLimits } from '../../journal-state.ts'
import { type ConnectOptions, retryWhileUnavailable } from '../connect.ts'
import { type PartitionKeys, partitionKeys } from '../keys.ts'
import { acquireLease, loadState, recordOpening } from '../open-redis-journal.ts'
import { type LeaseOptions, PartitionOwner } from '../partition-owner.ts'
import type { RedisConnection } from '../redis-connection.ts'
import type { RedisJournal } from '../redis-journal.ts'
import { Calls } from './calls.ts'
import type { ChangeFeed } from './change-feed.ts'
import { ClaimedWriter } from './claimed-writer.ts'
import { Inbox } from './inbox.ts'
import { JournalReader } from './journal-reader.ts'
import { PartitionMonitor } from './partition-monitor.ts'
import { type JournalWriter, journalWriters } from './writers.ts'

export interface SharedPartitionOptions {
  connection: RedisConnection
  feed: ChangeFeed
  prefix: string
  partition: number
  limits: RetentionLimits
  /** `holder` must be unique among all processes. */
  lease: LeaseOptions
  newId: () => string
  /** All writers of the partition. Default: those of the program. */
  writers?: readonly JournalWriter[]
}

export interface ClaimOptions extends Pick<ConnectOptions, 'signal' | 'onWaiting'> {
  /** Called when another process has taken the writer over. */
  onLost?(error: JournalFencedError): void
}

const historyPollMs = 100

/** One partition of a journal that several processes share, as one of them sees it. */
export class SharedPartition {
  readonly inbox: Inbox
  readonly calls: Calls
  /** For reading, and for appending through the process that ingests the partition. */
  readonly journal: JournalReader
  readonly #options: SharedPartitionOptions
  readonly #keys: PartitionKeys
  readonly #monitor: PartitionMonitor
  readonly #stopListening: (() => void)[] = []
  readonly #changed = new ConditionVariable()
  /** Notifies when a message was put into the inbox. */
  readonly inboxChanged = new ConditionVariable()
  #claims = 0

  constructor(options: SharedPartitionOptions) {
    this.#options = options
    const { connection, feed, prefix, partition, limits, lease } = options
    const keys = partitionKeys(prefix, partition)
    const key = (name: string) => `{${prefix}:${partition}}:${name}`
    this.#keys = keys
    const listen = (name: string, variable: ConditionVariable) => {
      const channel = `${keys.meta}:${name}`
      this.#stopListening.push(feed.listen(channel, () => variable.notifyAll()))
      return channel
    }
    const called = new ConditionVariable()
    listen('changed', this.#changed)
    this.inbox = new Inbox(connection, {
      inbox: key('inbox'),
      sender: key(`sender:${lease.holder}`),
      channel: listen('inbox', this.inboxChanged),
    })
    this.calls = new Calls({ connection, key, channel: listen('calls', called), called })
    this.#monitor = new PartitionMonitor({ connection, metaKey: keys.meta, changed: this.#changed })
    this.journal = new JournalReader({ connection, keys, limits, monitor: this.#monitor, calls: this.calls })
  }

  /**
   * Take the lease of a writer; wait for it, and for Redis. `close` of what is returned gives it back.
   * @throws the reason of the signal, when it aborts
   */
  async claim(writer: JournalWriter, options: ClaimOptions = {}): Promise<Journal> {
    const { connection, prefix, partition, limits, lease, newId } = this.#options
    const own = partitionKeys(prefix, partition, writer.name === 'ingest' ? undefined : writer.name)
    const claimed = { durationMs: lease.durationMs, holder: `${lease.holder} ${++this.#claims}` }
    const waiting = { ...options, lease: claimed, partition }
    const { token, base } = await acquireLease(connection, own, waiting, this.#acquireArgs(writer))
    const state = await retryWhileUnavailable(options, () => loadState(connection, own, writer.streams))
    const { journal } = new ClaimedWriter(
      writer,
      {
        connection,
        keys: own,
        limits,
        state,
        createOwner: (lost) =>
          new PartitionOwner({
            connection,
            keys: own,
            lease: claimed,
            token,
            lastDoneWrite: base,
            onLost: (error) => {
              lost()
              options.onLost?.(error)
            },
          }),
      },
      this.#monitor,
    )
    try {
      await retryWhileUnavailable(options, () => this.#monitor.read())
      if (writer.streams.includes('telemetry'))
        await retryWhileUnavailable(options, () => recordOpening(journal, newId))
      else await this.#waitForHistory(options)
    } catch (error) {
      await journal.close()
      throw error
    }
    return withConsumers(journal, this.journal, writer)
  }

  close(): void {
    for (const stop of this.#stopListening) stop()
    this.#monitor.close()
    this.#changed.notifyAll()
  }

  #acquireArgs(writer: JournalWriter): string[] {
    const { writers = Object.values<JournalWriter>(journalWriters) } = this.#options
    const all = [...writers, writer].flatMap(({ consumers }) => Object.entries(consumers))
    return [
      'writer',
      writer.streams.join(' '),
      Object.keys(writer.consumers).join(' '),
      this.#keys.lease,
      all.map(([name, stream]) => `${name} ${stream}`).join(' '),
    ]
  }

  /** A position in a journal that was never opened for writing belongs to no journal. */
  async #waitForHistory(options: ClaimOptions): Promise<void> {
    const isOpened = async () =>
      (await retryWhileUnavailable(options, () => this.#monitor.read())).history.journal !== ''
    while (!(await isOpened())) await sleep(historyPollMs)
  }
}

/** What the writer does not do itself, the reader does. */
function withConsumers(own: RedisJournal, reader: JournalReader, writer: JournalWriter): Journal {
  const ingests = writer.streams.includes('telemetry')
  return {
    append: (stream, entries, options) =>
      writer.streams.includes(stream)
        ? own.append(stream, entries, options)
        : reader.append(stream, entries, options),
    waitForSpace: (signal) => (ingests ? own : reader).waitForSpace(signal),
    consumer: async (name, stream) => {
      if (Object.hasOwn(writer.consumers, name)) return own.consumer(name, stream)
      throw new JournalConsumerError(`${name} is no consumer of the writer ${writer.name}`)
    },
    scan: (stream, from) => own.scan(stream, from),
    facts: (prefix) => (ingests ? own : reader).facts(prefix),
    tally: () => (ingests ? own : reader).tally(),
    info: () => (ingests ? own : reader).info(),
    history: () => own.history(),
    close: () => own.close(),
  }
}
