import { setTimeout as sleep } from 'node:timers/promises'
import type { Journal } from '../journal.ts'
import type { Partitions } from '../partitions.ts'
import type { Limits } from '../state.ts'
import { Changes } from './changes.ts'
import { type ConnectOptions, connect, whenThere } from './connect.ts'
import { JournalPartitionsError } from './errors.ts'
import { type Keys, keysOf, parseField, partitionsKey } from './keys.ts'
import type { RedisLink } from './link.ts'
import { type Lease, Owner } from './owner.ts'
import { RedisJournal } from './redis-journal.ts'
import { parseMeta, type RedisState } from './stored-state.ts'

interface RedisOptions extends ConnectOptions, Limits {
  /** What the keys of all partitions begin with; default `forewarn`. */
  prefix?: string
  /** `holder` must be a name that no other opening has, in this process or another. */
  lease: Lease
}

export interface RedisJournalOptions extends RedisOptions {
  /** From 0. */
  partition: number
}

export interface RedisJournalsOptions extends RedisOptions {
  /** How many; the first opening decides. `maxBytes` and `keepEntries` are of all of them together. */
  partitions: number
}

/**
 * One partition of the journal in Redis. Waits for Redis, and until nobody else owns the partition.
 * @throws RedisUnusableError, JournalNotDurableError
 */
export async function openRedisJournal(options: RedisJournalOptions): Promise<Journal> {
  const link = await connect(options)
  try {
    return await openPartition(link, { ...options, closed: () => link.close() })
  } catch (error) {
    link.close()
    throw error
  }
}

/**
 * All partitions, over one connection. Waits until all are owned; they are taken in order, so that of two processes
 * that start together one gets all.
 * @throws RedisUnusableError, JournalNotDurableError, JournalPartitionsError
 */
export async function openRedisJournals(options: RedisJournalsOptions): Promise<Partitions> {
  const { partitions: count, prefix = defaultPrefix } = options
  const link = await connect(options)
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
    await claimPartitions(link, prefix, count)
    const first = await openOne(0)
    for (let partition = 1; partition < count; partition++) await openOne(partition)
    return [first, ...journals.slice(1)]
  } catch (error) {
    await Promise.all(journals.map((journal) => journal.close()))
    link.close()
    throw error
  }
}

const defaultPrefix = 'forewarn'

/** How often a waiting one looks whether the partition was given free before its time. */
const lookMs = 250

async function openPartition(
  link: RedisLink,
  options: RedisJournalOptions & { closed(): void },
): Promise<Journal> {
  const { prefix = defaultPrefix, partition, lease, closed } = options
  const keys = keysOf(prefix, partition)
  const { token, base } = await acquire(link, keys, options)
  const state = await whenThere(options, () => load(link, keys))
  return new RedisJournal({
    link,
    keys,
    limits: options,
    state,
    own: (lost) => new Owner({ link, keys, lease, token, base, lost }),
    closed,
  })
}

async function acquire(
  link: RedisLink,
  keys: Keys,
  options: RedisJournalOptions,
): Promise<{ token: string; base: number }> {
  const { lease, partition, signal, onWaiting } = options
  let toldOf: string | undefined
  for (;;) {
    const args = [...Object.values(keys), lease.holder, lease.ms]
    const [said, first = '', second] = await whenThere(options, () =>
      link.ask((client) => client.journalAcquire(args)),
    )
    if (said === 'owned') return { token: first, base: Number(second) }
    if (toldOf !== first) onWaiting?.({ for: 'partition', partition, holder: first })
    toldOf = first
    await sleep(Math.min(Number(second) + 1, lookMs), undefined, signal ? { signal } : {})
  }
}

async function load(link: RedisLink, keys: Keys): Promise<RedisState> {
  const meta = await link.ask((client) => client.hgetall(keys.meta))
  const asides = new Map<string, Set<number>>()
  for (const field of await link.ask((client) => client.hkeys(keys.asides))) {
    const { consumer, key } = parseField(field)
    asides.set(consumer, (asides.get(consumer) ?? new Set()).add(Number(key)))
  }
  return { ...parseMeta(meta), asides, changes: new Changes() }
}

/**
 * Notes at the first opening how many partitions the journal has.
 * @throws JournalPartitionsError when it has another number already
 */
async function claimPartitions(link: RedisLink, prefix: string, count: number): Promise<void> {
  const key = partitionsKey(prefix)
  await link.ask((client) => client.setnx(key, count))
  const known = Number(await link.ask((client) => client.get(key)))
  if (known === count) return
  throw new JournalPartitionsError(
    `the journal in Redis has ${known} partitions, and ${count} were asked for: devices would go to others than those ` +
      `that remember them. Set the number to ${known} (journal.partitions, FOREWARN_JOURNAL_PARTITIONS); or stop the ` +
      `devices, let all consumers catch up, delete the keys that begin with {${prefix}: and the key ${key}, and start ` +
      'anew: the rules then begin without what they remembered',
  )
}
