import type { Device } from '../../../../contract/device.ts'
import type { Acceptance } from '../../../../ingest/acceptance/acceptance.ts'
import type { DeviceRegistration } from '../../../../ingest/acceptance/device-registration.ts'
import { devicePartitionKey } from '../../../../ingest/acceptance/device-registry.ts'
import { messagePartitionKey } from '../../../../ingest/acceptance/partitioned-acceptance.ts'
import { type DeviceCommand, DeviceCommandRejectedError } from '../../../../ingest/devices/device-commands.ts'
import type {
  QuarantinedForRetry,
  QuarantineRetry,
  RetryOutcome,
} from '../../../../ingest/quarantine/quarantine-retry.ts'
import { type Journal, JournalWriteError, type Streams } from '../../../../store/journal/journal.ts'
import { partitionOf } from '../../../../store/journal/partitions.ts'
import { NoAnswerError, RemoteError } from '../../../../store/journal/redis/shared/calls.ts'
import type { AppendRequest } from '../../../../store/journal/redis/shared/journal-reader.ts'
import type { SharedPartition } from '../../../../store/journal/redis/shared/shared-partition.ts'

/** What other processes ask of the one that ingests a partition. */
type IngestRequest =
  | AppendRequest
  | { type: 'register'; devices: Device[] }
  | { type: 'command'; id: string; command: DeviceCommand }
  | { type: 'retry'; quarantined: QuarantinedForRetry }

type CommandReply =
  | { device: Device }
  | { rejected: { code: DeviceCommandRejectedError['code']; message: string } }

/** Answer what other processes ask. */
export async function answerIngestRequest(
  request: unknown,
  { journal, acceptance }: { journal: Journal; acceptance: Acceptance },
): Promise<unknown> {
  const asked = request as IngestRequest
  switch (asked.type) {
    case 'append': {
      const options = { tally: asked.tally, facts: new Map(asked.facts) }
      // What was appended there is what comes out here.
      return journal.append(asked.stream, asked.entries as readonly Streams['telemetry'][], options)
    }
    case 'register':
      await acceptance.registration.register(asked.devices)
      return true
    case 'command':
      return commandReply(acceptance.registration.command(asked.id, asked.command))
    case 'retry': {
      const { quarantined } = asked
      const message = { ...quarantined.message, payload: Buffer.from(quarantined.message.payload) }
      return acceptance.quarantine.retry({ ...quarantined, message })
    }
  }
}

async function commandReply(command: Promise<Device>): Promise<CommandReply> {
  try {
    return { device: await command }
  } catch (error) {
    if (!(error instanceof DeviceCommandRejectedError)) throw error
    return { rejected: { code: error.code, message: error.message } }
  }
}

export interface RemoteAcceptanceOptions {
  partitions: readonly SharedPartition[]
  prefix: string
  /** Return a registered device of any partition. */
  find(id: string): Device | undefined
  /** Validates as the ingestion does, with what this process knows. */
  local: Pick<Acceptance, 'registration' | 'quarantine'>
}

/** Registration and retries, carried out by the processes that ingest the partitions of the devices. */
export function createRemoteAcceptance({ partitions, prefix, find, local }: RemoteAcceptanceOptions): {
  registration: DeviceRegistration
  quarantine: QuarantineRetry
} {
  const ask = async (key: string, request: IngestRequest): Promise<unknown> => {
    const partition = partitions[partitionOf(key, partitions.length)]
    try {
      return await partition?.calls.call('ingest', request)
    } catch (error) {
      if (!(error instanceof RemoteError || error instanceof NoAnswerError)) throw error
      throw new JournalWriteError(error.message, { cause: error })
    }
  }
  const keyOf = (id: string) => devicePartitionKey(id, find(id))
  return {
    registration: {
      find,
      rejectionOf: (device) => local.registration.rejectionOf(device),
      validate: (devices) => local.registration.validate(devices),
      async register(devices) {
        local.registration.validate(devices)
        const byPartition = groupByPartition(devices, (id) => partitionOf(keyOf(id), partitions.length))
        await Promise.all(
          [...byPartition.values()].map((some) =>
            ask(keyOf(some[0]?.id ?? ''), { type: 'register', devices: some }),
          ),
        )
      },
      async command(id, command) {
        const reply = (await ask(keyOf(id), { type: 'command', id, command })) as CommandReply
        if ('device' in reply) return reply.device
        throw new DeviceCommandRejectedError(reply.rejected.code, reply.rejected.message)
      },
    },
    quarantine: {
      retry: async (quarantined) =>
        (await ask(messagePartitionKey(quarantined.message, { prefix, find }), {
          type: 'retry',
          quarantined,
        })) as RetryOutcome,
      preview: (quarantined) => local.quarantine.preview(quarantined),
    },
  }
}

function groupByPartition(
  devices: readonly Device[],
  partitionOfDevice: (id: string) => number,
): Map<number, Device[]> {
  const groups = new Map<number, Device[]>()
  for (const device of devices) {
    const partition = partitionOfDevice(device.id)
    const group = groups.get(partition) ?? []
    group.push(device)
    groups.set(partition, group)
  }
  return groups
}
