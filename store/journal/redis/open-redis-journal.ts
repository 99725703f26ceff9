import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Journal,
  JournalNewerError,
  JournalWriteError,
  journalFormat,
  type StreamName,
} from '../journal.ts'
import type { RetentionLimits } from '../journal-state.ts'
import type { Partitions } from '../partitions.ts'
import { type ConnectOptions, connectToRedis, retryWhileUnavailable } from './connect.ts'
import { JournalPartitionCountError } from './errors.ts'
import { type PartitionKeys, parseConsumerField, partitionCountKey, partitionKeys } from './keys.ts'
import { type LeaseOptions, PartitionOwner } from './partition-owner.ts'
import type { RedisConnection } from './redis-connection.ts'
import { RedisJournal } from './redis-journal.ts'
import { parseMetaFields, type RedisJournalState, streamNames } from './redis-journal-state.ts'
import { WriteBatch } from './write-batch.ts'

interface RedisOptions extends ConnectOptions, RetentionLimits {
  /** Prefix of the keys of all partitions; default `forewarn`. */
  prefix?: string
  /** `holder` must be unique among all openings, in this process and others. */
  lease: LeaseOptions
  /** Creates the ids of the journal and of its openings. Default: random. */
  newId?: () => string
}

export interface RedisJournalOptions extends RedisOptions {
  /** From 0. */
  partition: number
}

export interface PartitionedRedisJournalOptions extends RedisOptions {
  /** How many; the first opening decides. `maxBytes` and `keepEntries` are of all of them together. */
  partitions: number
}

/**
 * Open one partition of the journal in Redis. Wait for Redis, and until no other process owns the partition.
 * @throws RedisUnsuitableError, JournalNotDurableError
 */
export async function openRedisJournal(options: RedisJournalOptions): Promise<Journal> {
  const link = await connectToRedis(options)
  try {
    return await openPartition(link, { ...options, closed: () => link.close() })
  } catch (error) {
    link.close()
    throw error
  }
}

/**
 * Open all partitions over one connection. Wait until all are owned; they are taken in order, so that of two processes
 * that start together one gets all.
 * @throws RedisUnsuitableError, JournalNotDurableError, JournalPartitionCountError
 */
export async function openPartitionedRedisJournal(
  options: PartitionedRedisJournalOptions,
): Promise<Partitions> {
  const { partitions: count, prefix = defaultPrefix } = options
  const link = await connectToRedis(options)
  const journals: Journal[] = []
  let open = 0
  const closed = () => {
    open -= 1
    if (open === 0) link.close()
  }
  const limits = {
    maxBytes: Math.floor(options.maxBytes / count),
    keepEntries: Math.ceil(options.keepEntries / count),
  }
  const openOne = async (partition: number) => {
    const journal = await openPartition(link, { ...options, ...limits, partition, closed })
    open += 1
    journals.push(journal)
    return journal
  }
  try {
    await ensurePartitionCount(link, prefix, count)
    const first = await openOne(0)
    for (let partition = 1; partition < count; partition++) await openOne(partition)
    return [first, ...journals.slice(1)]
  } catch (error) {
    await Promise.all(journals.map((journal) => journal.close()))
    link.close()
    throw error
  }
}

export const defaultPrefix = 'forewarn'

/** Interval at which a waiting process checks whether the partition was released early, ms. */
const leasePollMs = 250

async function openPartition(
  link: RedisConnection,
  options: RedisJournalOptions & { closed(): void },
): Promise<Journal> {
  const { prefix = defaultPrefix, partition, lease, closed, newId = randomUUID } = options
  const keys = partitionKeys(prefix, partition)
  const { token, base } = await acquireLease(link, keys, options)
  const state = await retryWhileUnavailable(options, () => loadState(link, keys))
  const journal = new RedisJournal({
    connection: link,
    keys,
    limits: options,
    state,
    createOwner: (lost) =>
      new PartitionOwner({ connection: link, keys, lease, token, lastDoneWrite: base, onLost: lost }),
    onClosed: closed,
  })
  try {
    await retryWhileUnavailable(options, () => recordOpening(journal, newId))
    return journal
  } catch (error) {
    await journal.close()
    throw error
  }
}

/** @throws the reason why Redis did not take the write */
export async function recordOpening(journal: RedisJournal, newId: () => string): Promise<void> {
  try {
    await journal.recordOpening(newId)
  } catch (error) {
    throw error instanceof JournalWriteError ? error.cause : error
  }
}

/**
 * Wait for the lease of a partition, or of one of its writers.
 * @param writer further arguments of the script, for one of several writers
 */
export async function acquireLease(
  link: RedisConnection,
  keys: PartitionKeys,
  options: Pick<RedisJournalOptions, 'lease' | 'partition' | 'signal' | 'onWaiting'>,
  writer: readonly string[] = [],
): Promise<{ token: string; base: number }> {
  const { lease, partition, signal, onWaiting } = options
  let toldOf: string | undefined
  for (;;) {
    const args = [...Object.values(keys), lease.holder, lease.durationMs, ...writer]
    const [said, first = '', second] = await retryWhileUnavailable(options, () =>
      link.execute((client) => client.journalAcquire(args)),
    )
    if (said === 'owned') return { token: first, base: Number(second) }
    if (toldOf !== first) onWaiting?.({ for: 'partition', partition, holder: first })
    toldOf = first
    await sleep(Math.min(Number(second) + 1, leasePollMs), undefined, signal ? { signal } : {})
  }
}

/** @param ownStreams streams that this process appends to; default: all */
export async function loadState(
  link: RedisConnection,
  keys: PartitionKeys,
  ownStreams: readonly StreamName[] = streamNames,
): Promise<RedisJournalState> {
  const meta = await link.execute((client) => client.hgetall(keys.meta))
  const format = Number(meta.format ?? journalFormat)
  if (format > journalFormat) throw new JournalNewerError(`Redis (${keys.meta})`, format)
  const deadLetterOffsets = new Map<string, Set<number>>()
  for (const field of await link.execute((client) => client.hkeys(keys.deadLetters))) {
    const { consumer, key } = parseConsumerField(field)
    deadLetterOffsets.set(consumer, (deadLetterOffsets.get(consumer) ?? new Set()).add(Number(key)))
  }
  return { ...parseMetaFields(meta), deadLetterOffsets, writes: new WriteBatch(), ownStreams }
}

/**
 * Store the number of partitions at the first opening.
 * @throws JournalPartitionCountError when it has another number already
 */
export async function ensurePartitionCount(
  link: RedisConnection,
  prefix: string,
  count: number,
): Promise<void> {
  const key = partitionCountKey(prefix)
  await link.execute((client) => client.setnx(key, count))
  const known = Number(await link.execute((client) => client.get(key)))
  if (known === count) return
  throw new JournalPartitionCountError(
    `the journal in Redis has ${known} partitions, and ${count} were asked for: devices would go to others than those ` +
      `that remember them. Set the number to ${known} (journal.partitions, FOREWARN_JOURNAL_PARTITIONS); or stop the ` +
      `devices, let all consumers catch up, delete the keys that begin with {${prefix}: and the key ${key}, and start ` +
      'again: the rules then begin without what they remembered',
  )
}
