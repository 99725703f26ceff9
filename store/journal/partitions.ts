import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import type { AppendOptions, Journal, JournalInfo, StreamName, Streams, Tally } from './journal.ts'

/** The journal of an installation: one log for each partition of its devices, at least one. */
export type Partitions = readonly [Journal, ...Journal[]]

const fnvOffset = 0x811c9dc5
const fnvPrime = 0x01000193

/**
 * Return the partition of a key (a device, a user); it never changes: FNV-1a over its UTF-8 bytes, 32 bits
 * (Fowler, Noll, Vo: draft-eastlake-fnv).
 * @returns 0 … count − 1
 */
export function partitionOf(key: string, count: number): number {
  let hash = fnvOffset
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, fnvPrime)
  return (hash >>> 0) % count
}

/**
 * Append what concerns all devices to every partition, to the first one last: its facts are authoritative, and
 * whatever it has, all have.
 */
export function broadcast([first, ...others]: Partitions): Pick<
  Journal,
  'append' | 'facts' | 'waitForSpace'
> {
  return {
    async append<S extends StreamName>(
      stream: S,
      entries: readonly Streams[S][],
      options: AppendOptions = {},
    ): Promise<number> {
      await Promise.all(others.map((journal) => journal.append(stream, entries, options)))
      return await first.append(stream, entries, options)
    },
    facts: (prefix) => first.facts(prefix),
    async waitForSpace(signal) {
      await Promise.all([first, ...others].map((journal) => journal.waitForSpace(signal)))
    },
  }
}

/**
 * Append each entry to the partition of its device; resolve when all are on disk.
 * @param keyOf returns the key of a device's partition
 */
export async function appendByDevice(
  partitions: Partitions,
  entries: readonly (TelemetryEntry & { device: string })[],
  keyOf: (device: string) => string = (device) => device,
): Promise<void> {
  await Promise.all(
    partitions.map(async (journal, partition) => {
      const own = entries.filter(({ device }) => partitionOf(keyOf(device), partitions.length) === partition)
      if (own.length > 0) await journal.append('telemetry', own)
    }),
  )
}

/** Return the counters of all partitions, summed. */
export async function combinedTally(partitions: Partitions): Promise<Tally> {
  const total: Record<string, number> = {}
  for (const tally of await Promise.all(partitions.map((journal) => journal.tally()))) {
    for (const [name, count] of Object.entries(tally)) total[name] = (total[name] ?? 0) + count
  }
  return total
}

/** Return the name of a partition's consumer: the plain name where there is only one partition. */
export function consumerName(name: string, partition: number, { length }: Partitions): string {
  return length === 1 ? name : `${name}/${partition}`
}

/** Return the information on all partitions: sizes and offsets are summed; one full partition makes the whole full. */
export async function combinedInfo(partitions: Partitions): Promise<JournalInfo> {
  const infos = await Promise.all(partitions.map((journal) => journal.info()))
  const sum = (pick: (info: JournalInfo) => number) => infos.reduce((total, info) => total + pick(info), 0)
  const streamSum = (name: StreamName) => ({
    tail: sum(({ streams }) => streams[name].tail),
    head: sum(({ streams }) => streams[name].head),
  })
  return {
    bytes: sum(({ bytes }) => bytes),
    maxBytes: sum(({ maxBytes }) => maxBytes),
    full: infos.some(({ full }) => full),
    streams: { telemetry: streamSum('telemetry'), findings: streamSum('findings') },
    consumers: infos.flatMap(({ consumers }, partition) =>
      consumers.map((one) => ({ ...one, name: consumerName(one.name, partition, partitions) })),
    ),
  }
}

/** Read the retained findings, one partition after the other. */
export async function retainedFindings(partitions: Partitions): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const journal of partitions) {
    for await (const { entries } of journal.scan('findings', 0)) findings.push(...entries)
  }
  return findings
}
