import type { Device } from '../../contract/device.ts'
import { type Partitions, partitionOf } from '../../store/journal/partitions.ts'
import { parseTopic } from '../decode/parse-topic.ts'
import type { InboundMessage } from '../gateway.ts'
import type { RetryOutcome } from '../quarantine/quarantine-retry.ts'
import { type Acceptance, type AcceptanceOptions, createAcceptance } from './acceptance.ts'
import type { Backpressure } from './backpressured-appender.ts'
import { addCounts, type Counts } from './commit-batch.ts'

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
}: PartitionedAcceptanceOptions): Acceptance {
  const devices = new Map<string, Device>()
  const parts = partitions.map((journal) => createAcceptance({ ...options, journal, devices }))
  const { prefix } = options.topics
  const partFor = (message: InboundMessage): Acceptance => {
    const part = parts[partitionOf(partitionKeyOf(prefix, message), parts.length)]
    if (part === undefined) throw new RangeError('there is no partition')
    return part
  }
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
        const own = parts.map((_, part) => all.filter(({ id }) => partitionOf(id, parts.length) === part))
        await Promise.all(parts.map((part, index) => part.registration.register(own[index] ?? [])))
      },
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
    latestValues(device) {
      return parts[partitionOf(device, parts.length)]?.latestValues(device) ?? new Map()
    },
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

const backpressureOrder = ['backlog', 'journal_full', 'journal_failing']

function moreSevere(a: Backpressure | undefined, b: Backpressure | undefined): Backpressure | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return backpressureOrder.indexOf(b.by) > backpressureOrder.indexOf(a.by) ? b : a
}

function partitionKeyOf(prefix: string, { topic }: InboundMessage): string {
  const parsed = parseTopic(prefix, topic)
  switch (parsed.type) {
    case 'receipt':
      return parsed.user
    case 'unknown':
      return topic
    default:
      return parsed.device
  }
}
