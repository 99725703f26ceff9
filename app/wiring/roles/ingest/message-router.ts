import type { Device } from '../../../../contract/device.ts'
import type { Acceptance } from '../../../../ingest/acceptance/acceptance.ts'
import type { DeviceRegistration } from '../../../../ingest/acceptance/device-registration.ts'
import { messagePartitionKey } from '../../../../ingest/acceptance/partitioned-acceptance.ts'
import { AcceptanceStoppedError } from '../../../../ingest/acceptance/pending-work.ts'
import { parseTopic } from '../../../../ingest/decode/parse-topic.ts'
import type { Accept, InboundMessage } from '../../../../ingest/gateway.ts'
import { abortableSleep } from '../../../../lib/abortable-sleep.ts'
import {
  JournalClosedError,
  JournalFencedError,
  JournalFullError,
} from '../../../../store/journal/journal.ts'
import { partitionOf } from '../../../../store/journal/partitions.ts'
import type { SharedPartition } from '../../../../store/journal/redis/shared/shared-partition.ts'

export interface MessageRouterOptions {
  prefix: string
  partitions: readonly Pick<SharedPartition, 'inbox'>[]
  /** Return a registered device of any partition. */
  find(id: string): Device | undefined
  now(): number
  /** Aborts when the process stops. */
  signal: AbortSignal
}

type DirectAcceptance = Pick<Acceptance, 'accept'> & { registration: Pick<DeviceRegistration, 'find'> }

const fullRetryMs = 500

/**
 * Tell whether a message is of a device that is not registered yet. Its announcement may have been received by another
 * process and be on its way, though the device sent it before.
 */
export function awaitsAnnouncement(
  { topic }: Pick<InboundMessage, 'topic'>,
  { prefix, find }: { prefix: string; find(id: string): Device | undefined },
): boolean {
  const parsed = parseTopic(prefix, topic)
  return (parsed.type === 'telemetry' || parsed.type === 'event') && find(parsed.device) === undefined
}

/**
 * Takes each message that this process receives into the partition of its device: into the acceptance of the partition
 * where this process ingests it, into its inbox otherwise. Either way the message is on disk when `accept` resolves.
 */
export class MessageRouter {
  readonly #options: MessageRouterOptions
  readonly #acceptances = new Map<number, DirectAcceptance>()

  constructor(options: MessageRouterOptions) {
    this.#options = options
  }

  /** Take messages of a partition directly from now on: its inbox is empty. */
  open(partition: number, acceptance: DirectAcceptance): void {
    this.#acceptances.set(partition, acceptance)
  }

  close(partition: number): void {
    this.#acceptances.delete(partition)
  }

  readonly accept: Accept = async (message) => {
    const { prefix, partitions, find } = this.#options
    const key = messagePartitionKey(message, { prefix, find })
    const partition = partitionOf(key, partitions.length)
    const acceptance = this.#acceptances.get(partition)
    try {
      if (acceptance !== undefined && !awaitsAnnouncement(message, { prefix, ...acceptance.registration }))
        return await acceptance.accept(message)
    } catch (error) {
      // This process has lost the partition, and nothing of the message is stored.
      if (!hasLostPartition(error)) throw error
    }
    await this.#forward(partition, message)
  }

  async #forward(partition: number, message: InboundMessage): Promise<void> {
    const { partitions, now, signal } = this.#options
    const forwarded = { ...message, receivedAt: now() }
    for (;;) {
      try {
        await partitions[partition]?.inbox.put(forwarded)
        return
      } catch (error) {
        if (!(error instanceof JournalFullError) || signal.aborted) throw error
        await abortableSleep(fullRetryMs, signal)
      }
    }
  }
}

function hasLostPartition(error: unknown): boolean {
  return (
    error instanceof JournalFencedError ||
    error instanceof JournalClosedError ||
    error instanceof AcceptanceStoppedError
  )
}
