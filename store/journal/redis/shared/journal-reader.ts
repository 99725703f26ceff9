import { setTimeout as sleep } from 'node:timers/promises'
import { abortableSleep } from '../../../../lib/abortable-sleep.ts'
import { decode, decodeBatch } from '../../encoding.ts'
import type { JournalHistory } from '../../history/journal-history.ts'
import { emptyHistory } from '../../history/journal-history.ts'
import {
  type AppendOptions,
  type Batch,
  type DeadLetterEntry,
  type Journal,
  JournalConsumerError,
  JournalFullError,
  type JournalInfo,
  JournalWriteError,
  type StreamName,
  type Streams,
  type Tally,
} from '../../journal.ts'
import { liveBytes, type RetentionLimits, toJournalInfo } from '../../journal-state.ts'
import { type PartitionKeys, parseConsumerField } from '../keys.ts'
import type { RedisConnection } from '../redis-connection.ts'
import { factsVersionField, parseMetaFields } from '../redis-journal-state.ts'
import { RedisStream } from '../redis-stream.ts'
import { type Calls, NoAnswerError, RemoteError } from './calls.ts'
import type { PartitionMonitor } from './partition-monitor.ts'
import { readDeadLetters, readFacts, readStates } from './read-hashes.ts'

/** Asks the process that ingests a partition to append. */
export interface AppendRequest {
  type: 'append'
  stream: StreamName
  entries: readonly unknown[]
  tally: Tally
  facts: readonly (readonly [string, unknown])[]
}

export interface JournalReaderOptions {
  connection: RedisConnection
  keys: PartitionKeys
  limits: RetentionLimits
  monitor: PartitionMonitor
  calls: Calls
}

const scanBatchEntries = 1_000
/** Share of the size from which on the journal counts as full for those who do not append to it. */
const fullFraction = 0.99
const spacePollMs = 500
const movingErrors = new Set(['JournalClosedError', 'JournalFencedError'])
const maxAttempts = 5
const movingRetryMs = 500

/** A partition of the journal for a process that holds no writer of it: it reads, and has the ingestion append. */
export class JournalReader implements Journal {
  readonly #options: JournalReaderOptions

  constructor(options: JournalReaderOptions) {
    this.#options = options
  }

  /** @throws JournalFullError, JournalWriteError; after the latter the entries may be there nevertheless */
  async append<S extends StreamName>(
    stream: S,
    entries: readonly Streams[S][],
    { tally = {}, facts = new Map() }: AppendOptions = {},
  ): Promise<number> {
    const request: AppendRequest = { type: 'append', stream, entries, tally, facts: [...facts] }
    try {
      return Number(await this.#callWhileMoving(request))
    } catch (error) {
      if (error instanceof RemoteError && error.remoteName === 'JournalFullError')
        throw new JournalFullError(error.message, { cause: error })
      if (error instanceof RemoteError || error instanceof NoAnswerError)
        throw new JournalWriteError(`the journal could not be written: ${error.message}`, { cause: error })
      throw error
    }
  }

  /** A process that gives the partition up answers that it has stored nothing: the next one is asked. */
  async #callWhileMoving(request: AppendRequest): Promise<unknown> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await this.#options.calls.call('ingest', request)
      } catch (error) {
        const isMoving = error instanceof RemoteError && movingErrors.has(error.remoteName)
        if (!isMoving || attempts === maxAttempts) throw error
        await sleep(movingRetryMs)
      }
    }
  }

  async waitForSpace(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.info()).full) await abortableSleep(spacePollMs, signal)
  }

  /** @throws JournalConsumerError always: a consumer belongs to a writer */
  async consumer(name: string): Promise<never> {
    throw new JournalConsumerError(`this process does not hold the writer of the consumer ${name}`)
  }

  async *scan<S extends StreamName>(name: S, from: number): AsyncIterable<Batch<Streams[S]>> {
    const { connection, keys, monitor } = this.#options
    const stream = new RedisStream<S>(name, keys[name], connection)
    const { streamBounds } = await monitor.read()
    for (let next = from; ; ) {
      const batch = decodeBatch<Streams[S]>(await stream.read(streamBounds[name], next, scanBatchEntries))
      if (batch.entries.length === 0) return
      yield batch
      next = batch.next
    }
  }

  facts(prefix: string): Promise<Map<string, unknown>> {
    const { connection, keys } = this.#options
    return readFacts(connection, keys.facts, prefix)
  }

  /** Return a text that changes with the facts of devices and rules. */
  async factsVersion(): Promise<string> {
    const { connection, keys } = this.#options
    return (await connection.execute((client) => client.hget(keys.meta, factsVersionField))) ?? ''
  }

  /** Return what a consumer has stored under these keys, which it may have changed since. */
  async states(consumer: string, keys: readonly string[]): Promise<Map<string, unknown>> {
    const { connection, keys: redisKeys } = this.#options
    const stored = await readStates(connection, redisKeys.states, { consumer, keys })
    return new Map([...stored].map(([key, state]) => [key, decode(state)]))
  }

  /** Return the dead letters of a consumer, by offset. */
  deadLetters(consumer: string): Promise<DeadLetterEntry[]> {
    const { connection, keys } = this.#options
    return readDeadLetters(connection, keys.deadLetters, consumer)
  }

  async tally(): Promise<Tally> {
    const { connection, keys } = this.#options
    return parseMetaFields(await connection.execute((client) => client.hgetall(keys.meta))).tally
  }

  async info(): Promise<JournalInfo> {
    const { connection, keys, monitor, limits } = this.#options
    const confirmed = await monitor.read()
    const counts = new Map<string, number>()
    for (const field of await connection.execute((client) => client.hkeys(keys.deadLetters))) {
      const { consumer } = parseConsumerField(field)
      counts.set(consumer, (counts.get(consumer) ?? 0) + 1)
    }
    const state = { ...confirmed, tally: {}, full: false }
    const full = liveBytes(state) >= limits.maxBytes * fullFraction
    return { ...toJournalInfo(state, limits, (name) => counts.get(name) ?? 0), full }
  }

  history(): JournalHistory {
    return this.#options.monitor.latest?.history ?? emptyHistory
  }

  /** What it uses is closed with the process. */
  async close(): Promise<void> {}
}
