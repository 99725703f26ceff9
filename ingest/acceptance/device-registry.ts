import { z } from 'zod'
import type { Device } from '../../contract/device.ts'
import type { Journal } from '../../store/journal/journal.ts'

const factPrefix = 'device/'

const deviceFactSchema = z.object({
  id: z.string(),
  kind: z.string(),
  model: z.string().exactOptional(),
  firmware: z.string().exactOptional(),
  owner: z.string().exactOptional(),
  site: z.string().exactOptional(),
  region: z.string().exactOptional(),
  inUseSince: z.number().exactOptional(),
  retired: z
    .object({
      at: z.number(),
      by: z.enum(['device', 'operator']),
      reason: z.string().exactOptional(),
      renamedTo: z.string().exactOptional(),
    })
    .exactOptional(),
  formerIds: z.array(z.string()).exactOptional(),
})

/** Load the registered devices from the facts of the journal. */
export async function loadDevices(journal: Pick<Journal, 'facts'>): Promise<Map<string, Device>> {
  const devices = new Map<string, Device>()
  for (const fact of (await journal.facts(factPrefix)).values()) {
    const device = deviceFactSchema.parse(fact)
    devices.set(device.id, device)
  }
  return devices
}

/** Return the key of a device's journal partition: its first id, so that a renamed device stays in its partition. */
export function devicePartitionKey(id: string, device: Device | undefined): string {
  return device?.formerIds?.[0] ?? id
}

export function toDeviceFacts(devices: Iterable<Device>): Map<string, Device> {
  return new Map([...devices].map((device) => [`${factPrefix}${device.id}`, device]))
}
