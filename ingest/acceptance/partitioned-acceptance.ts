import type { Device } from '../../contract/device.ts'
import { type Partitions, partitionOf } from '../../store/journal/partitions.ts'
import { parseTopic } from '../decode/parse-topic.ts'
import type { InboundMessage } from '../gateway.ts'
import type { RetryOutcome } from '../quarantine/quarantine-retry.ts'
import { type Acceptance, type AcceptanceOptions, createAcceptance } from './acceptance.ts'
import type { Backpressure } from './backpressured-appender.ts'
import { addCounts, type Counts } from './commit-batch.ts'
import { devicePartitionKey } from './device-registry.ts'

export interface PartitionedAcceptanceOptions extends Omit<AcceptanceOptions, 'journal' | 'devices'> {
  partitions: Partitions
}

/**
 * Create one acceptance for each partition, each with its own commits and deduplicator. Messages of a device always
 * go to the same one, so their order is kept. All share the registered devices.
 */
export function createPartitionedAcceptance({
  partitions,
  ...options
}: PartitionedAcceptanceOptions): Omit<Acceptance, 'acceptForwarded'> {
  const devices = new Map<string, Device>()
  const parts = partitions.map((journal) => createAcceptance({ ...options, journal, devices }))
  const { prefix } = options.topics
  const partOfKey = (key: string): Acceptance => {
    const part = parts[partitionOf(key, parts.length)]
    if (part === undefined) throw new RangeError('there is no partition')
    return part
  }
  const partOfDevice = (id: string) => partOfKey(devicePartitionKey(id, devices.get(id)))
  const partFor = (message: InboundMessage): Acceptance =>
    partOfKey(messagePartitionKey(message, { prefix, find: (id) => devices.get(id) }))
  return {
    accept: (message) => partFor(message).accept(message),
    async start() {
      for (const part of parts) await part.start()
    },
    async stop() {
      await Promise.all(parts.map((part) => part.stop()))
    },
    registration: {
      find: (id) => devices.get(id),
      rejectionOf: (device) => parts[0]?.registration.rejectionOf(device),
      validate: (all) => parts[0]?.registration.validate(all),
      async register(all) {
        parts[0]?.registration.validate(all)
        const own = parts.map((part) => all.filter(({ id }) => partOfDevice(id) === part))
        await Promise.all(parts.map((part, index) => part.registration.register(own[index] ?? [])))
      },
      command: (id, command) => partOfDevice(id).registration.command(id, command),
    },
    quarantine: {
      retry: async (quarantined) => partFor(quarantined.message).quarantine.retry(quarantined),
      preview(quarantined) {
        const outcomes = new Map<string, RetryOutcome>()
        for (const part of parts) {
          const own = quarantined.filter(({ message }) => partFor(message) === part)
          for (const [index, outcome] of part.quarantine.preview(own).entries())
            outcomes.set(own[index]?.id ?? '', outcome)
        }
        return quarantined.map(({ id }) => outcomes.get(id) ?? { is: 'unknown' })
      },
    },
    latestValues: (device) => partOfDevice(device).latestValues(device),
    info() {
      const infos = parts.map((part) => part.info())
      const counts: Counts = {}
      for (const info of infos) addCounts(counts, info.counts)
      return {
        counts,
        pending: infos.reduce((sum, { pending }) => sum + pending, 0),
        backpressure: infos.map(({ backpressure }) => backpressure).reduce(moreSevere),
        devices: devices.size,
      }
    },
  }
}

const backpressureOrder = ['backlog', 'journal_full', 'journal_failing', 'clock']

function moreSevere(a: Backpressure | undefined, b: Backpressure | undefined): Backpressure | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return backpressureOrder.indexOf(b.by) > backpressureOrder.indexOf(a.by) ? b : a
}

/** Return the key of the partition to which a message belongs: that of its device, or of its user. */
export function messagePartitionKey(
  { topic }: Pick<InboundMessage, 'topic'>,
  { prefix, find }: { prefix: string; find(id: string): Device | undefined },
): string {
  const parsed = parseTopic(prefix, topic)
  if ('device' in parsed) return devicePartitionKey(parsed.device, find(parsed.device))
  return parsed.type === 'receipt' ? parsed.user : topic
}
