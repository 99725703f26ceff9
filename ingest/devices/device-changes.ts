import type { Device } from '../../contract/device.ts'
import type { PresenceEntry } from '../../contract/entry.ts'
import { type CommitBatch, increment } from '../acceptance/commit-batch.ts'
import type {
  DeviceCommandRequest,
  RegistrationRejection,
  RegistrationRequest,
} from '../acceptance/device-registration.ts'
import {
  checkAnnouncement,
  checkDeviceQuota,
  checkKind,
  checkNotForeign,
  type DeviceLookup,
  type RegistrationPolicy,
} from '../acceptance/message-checks.ts'
import type { DecodedMessage, ReceivedMessage } from '../decode/decoded-message.ts'
import type { IngestLimits } from '../decode/ingest-limits.ts'
import { parseInUseSince } from '../decode/parse-timestamp.ts'
import type { Rejection } from '../decode/rejection.ts'
import {
  applyDeviceCommand,
  DeviceCommandRejectedError,
  deviceEntry,
  inUse,
  restored,
} from './device-commands.ts'

interface DeviceChangesOptions extends RegistrationPolicy {
  devices: ReadonlyMap<string, Device>
  limits: IngestLimits
}

type Announcement = Extract<DecodedMessage, { type: 'announcement' }>

/** Adds registered and changed devices to the commit batch. */
export class DeviceChanges {
  readonly #options: DeviceChangesOptions
  /** Devices registered by each client since the start. */
  readonly #registeredBy = new Map<string, Set<string>>()

  constructor(options: DeviceChangesOptions) {
    this.#options = options
  }

  /** Take over an announcement. What it leaves out is kept: an operator may have set it. */
  announce(draft: CommitBatch, arrival: ReceivedMessage, announcement: Announcement): Rejection | undefined {
    const { device, unassigned = false } = announcement
    const { receivedAt, message } = arrival
    const { clientId = '' } = message
    const lookup = this.#lookup(draft)
    const known = lookup(device.id)
    const rejection =
      checkAnnouncement(device, { clientId: message.clientId, lookup }, this.#options) ??
      (known === undefined ? this.#checkDeviceQuota(draft, clientId) : undefined)
    if (rejection !== undefined) return rejection
    if (known === undefined) {
      draft.newDeviceCount += 1
      this.#registeredBy.set(clientId, (this.#registeredBy.get(clientId) ?? new Set()).add(device.id))
    }
    const { owner, ...whole } = inUse({ ...known, ...device })
    const merged = { ...whole, ...(owner !== undefined && !unassigned && { owner }) }
    draft.devices.set(device.id, merged)
    draft.entries.push(deviceEntry(merged, { known, receivedAt }))
    draft.entries.push(presenceEntry(arrival, { device: device.id, state: 'online' }))
    increment(draft.counts, 'messages')
    return undefined
  }

  /** Retire a device whose retained announcement was removed. An unknown device needs no change. */
  remove(draft: CommitBatch, { receivedAt, message }: ReceivedMessage, id: string): Rejection | undefined {
    const lookup = this.#lookup(draft)
    const rejection = checkNotForeign(id, { clientId: message.clientId, lookup })
    if (rejection !== undefined) return rejection
    increment(draft.counts, 'messages')
    const known = lookup(id)
    if (known === undefined || known.retired !== undefined) return undefined
    const device: Device = { ...known, retired: { at: receivedAt, by: 'device' } }
    draft.devices.set(id, device)
    draft.entries.push(deviceEntry(device, { known, receivedAt }))
    return undefined
  }

  /** Register devices by order of an operator. That does not change their presence. */
  register(draft: CommitBatch, { devices, receivedAt }: RegistrationRequest): void {
    const lookup = this.#lookup(draft)
    for (const each of devices) {
      const known = lookup(each.id)
      if (known === undefined) draft.newDeviceCount += 1
      const { formerIds } = (each.retired === undefined ? known && restored(known) : known) ?? {}
      const device = { ...each, ...(formerIds && { formerIds }) }
      draft.devices.set(device.id, device)
      draft.entries.push(deviceEntry(device, { known, receivedAt }))
      increment(draft.counts, 'messages')
    }
  }

  /** Execute a command, or leave the reason for its rejection in the request. */
  command(draft: CommitBatch, request: DeviceCommandRequest): void {
    const { kinds } = this.#options
    const context = { lookup: this.#lookup(draft), kinds, receivedAt: request.receivedAt }
    try {
      const { device, changed, entries } = applyDeviceCommand(request.id, request.command, context)
      for (const each of changed) draft.devices.set(each.id, each)
      draft.entries.push(...entries)
      request.outcome = device
      increment(draft.counts, 'messages')
    } catch (error) {
      if (!(error instanceof DeviceCommandRejectedError)) throw error
      request.outcome = error
    }
  }

  /** Return why an operator cannot register the device. @param now ms since 1970 UTC */
  registrationRejection(device: Device, now: number): RegistrationRejection | undefined {
    const { kinds, limits } = this.#options
    const rejection = checkKind(device, kinds)
    if (rejection !== undefined) return { field: 'kind', detail: rejection.detail }
    if (device.inUseSince === undefined) return undefined
    const since = parseInUseSince(device.inUseSince, { now, limits })
    return typeof since === 'number' ? undefined : { field: 'inUseSince', detail: since.detail }
  }

  /** Where the broker does not reveal the sender, only the total limit applies. */
  #checkDeviceQuota(draft: CommitBatch, clientId: string): Rejection | undefined {
    const { limits, devices } = this.#options
    const byClient = clientId === '' ? 0 : (this.#registeredBy.get(clientId)?.size ?? 0)
    return checkDeviceQuota({
      limits,
      totalDevices: devices.size + draft.newDeviceCount,
      clientDevices: byClient,
    })
  }

  /** Includes devices that change in the same commit. */
  #lookup(draft: CommitBatch): DeviceLookup {
    return (id) => draft.devices.get(id) ?? this.#options.devices.get(id)
  }
}

/** Return the entry for the presence that a message reports. */
export function presenceEntry(
  { message, receivedAt }: ReceivedMessage,
  { device, state }: Pick<PresenceEntry, 'device' | 'state'>,
): PresenceEntry {
  const entry: PresenceEntry = { type: 'presence', receivedAt, device, state }
  if (message.retained) entry.retained = true
  return entry
}
