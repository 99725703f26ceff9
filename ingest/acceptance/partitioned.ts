import type { Device } from '../../contract/device.ts'
import { type Partitions, partitionOf } from '../../store/journal/partitions.ts'
import { parseTopic } from '../decode/topic.ts'
import type { InboundMessage } from '../gateway.ts'
import { type Acceptance, type AcceptanceOptions, createAcceptance } from './acceptance.ts'
import type { HeldBack } from './append-patiently.ts'
import { addCounts, type Counts } from './draft.ts'

export interface PartitionedOptions extends Omit<AcceptanceOptions, 'journal' | 'devices'> {
  partitions: Partitions
}

/**
 * One acceptance for each partition, each with commits and a memory of duplicates of its own. What a device sends always
 * goes to the same one, so its order is kept. They know each other's devices: none may speak for another.
 */
export function createPartitionedAcceptance({ partitions, ...options }: PartitionedOptions): Acceptance {
  const devices = new Map<string, Device>()
  const parts = partitions.map((journal) => createAcceptance({ ...options, journal, devices }))
  const { prefix } = options.topics
  return {
    accept(message) {
      const part = parts[partitionOf(keyOf(prefix, message), parts.length)]
      if (part === undefined) throw new RangeError('there is no partition')
      return part.accept(message)
    },
    async start() {
      for (const part of parts) await part.start()
    },
    async stop() {
      await Promise.all(parts.map((part) => part.stop()))
    },
    enrolment: {
      known: (id) => devices.get(id),
      refusal: (device) => parts[0]?.enrolment.refusal(device),
      check: (all) => parts[0]?.enrolment.check(all),
      async announce(all) {
        parts[0]?.enrolment.check(all)
        const own = parts.map((_, part) => all.filter(({ id }) => partitionOf(id, parts.length) === part))
        await Promise.all(parts.map((part, index) => part.enrolment.announce(own[index] ?? [])))
      },
    },
    latest(device) {
      return parts[partitionOf(device, parts.length)]?.latest(device) ?? new Map()
    },
    info() {
      const infos = parts.map((part) => part.info())
      const counts: Counts = {}
      for (const info of infos) addCounts(counts, info.counts)
      return {
        counts,
        pending: infos.reduce((sum, { pending }) => sum + pending, 0),
        heldBack: infos.map(({ heldBack }) => heldBack).reduce(worse),
        devices: devices.size,
      }
    },
  }
}

const gravity = ['backlog', 'full journal', 'failing journal']

function worse(a: HeldBack | undefined, b: HeldBack | undefined): HeldBack | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return gravity.indexOf(b.by) > gravity.indexOf(a.by) ? b : a
}

function keyOf(prefix: string, { topic }: InboundMessage): string {
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
