import type { Device } from '../../contract/device.ts'
import type { IngestLimits } from '../decode/ingest-limits.ts'
import type { Rejection } from '../decode/rejection.ts'
import type { KindCatalog } from '../kind-catalog.ts'

export type DeviceLookup = (id: string) => Device | undefined

export interface Sender {
  clientId: string | undefined
  lookup: DeviceLookup
}

/** Reject a registered device that publishes for another one; other clients, such as gateways and replays, may publish for any device. */
export function checkNotForeign(device: string, { clientId, lookup }: Sender): Rejection | undefined {
  if (clientId === undefined || clientId === device || lookup(clientId) === undefined) return undefined
  return { reason: 'foreign_topic', detail: `sent by ${clientId}, which is another device` }
}

/** Check that a message may be sent for a device: it is registered, in use, and the sender is no other device. */
export function checkSender(device: string, sender: Sender): Rejection | undefined {
  const known = sender.lookup(device)
  if (known?.retired !== undefined) return checkNotForeign(device, sender) ?? retiredRejection(known)
  if (known !== undefined) return checkNotForeign(device, sender)
  return {
    reason: 'unknown_device',
    detail: `${device} has not announced itself on its state topic: publish {"state":"online","kind":…} there, retained`,
  }
}

function retiredRejection({ id, retired }: Device): Rejection {
  const to = retired?.renamedTo
  const detail =
    to === undefined
      ? `${id} is retired; bring it back: forewarn devices restore ${id}`
      : `${id} was renamed to ${to}: publish below devices/${to}, or, for a new device with this id: forewarn devices restore ${id}`
  return { reason: 'retired_device', detail }
}

export interface RegistrationPolicy {
  kinds: KindCatalog
  /** `closed`: only registered devices may announce themselves. */
  registrationMode: 'open' | 'closed'
}

/** Limits of the number of devices, and the numbers so far. */
export interface DeviceQuotaUsage {
  limits: Pick<IngestLimits, 'devices' | 'devicesPerClient'>
  totalDevices: number
  /** Registered by the client that announces one more. */
  clientDevices: number
}

export function checkDeviceQuota({
  limits,
  totalDevices,
  clientDevices,
}: DeviceQuotaUsage): Rejection | undefined {
  if (totalDevices >= limits.devices) {
    return {
      reason: 'too_many_devices',
      detail: `${limits.devices} devices are registered, the maximum; raise ingest.maxDevices`,
    }
  }
  if (clientDevices < limits.devicesPerClient) return undefined
  const detail = `this client has registered ${clientDevices} devices, the maximum since the start; raise ingest.maxDevicesPerClient`
  return { reason: 'too_many_devices', detail }
}

export function checkAnnouncement(
  device: Device,
  sender: Sender,
  { kinds, registrationMode }: RegistrationPolicy,
): Rejection | undefined {
  const unknownKind = checkKind(device, kinds)
  if (unknownKind !== undefined) return unknownKind
  if (registrationMode === 'closed' && sender.lookup(device.id) === undefined) {
    return {
      reason: 'registration_closed',
      detail: 'new devices are not accepted (ingest.registration is closed); import the device first',
    }
  }
  const known = sender.lookup(device.id)
  const foreign = checkNotForeign(device.id, sender)
  if (foreign !== undefined || known?.retired?.by !== 'operator') return foreign
  return retiredRejection(known)
}

export function checkKind({ kind }: Pick<Device, 'kind'>, kinds: KindCatalog): Rejection | undefined {
  return kinds.hasKind(kind) ? undefined : unknownKindRejection(kind)
}

export function unknownKindRejection(kind: string): Rejection {
  return { reason: 'unknown_kind', detail: `there is no device kind ${kind}` }
}
