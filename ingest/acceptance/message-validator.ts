import type { Device } from '../../contract/device.ts'
import type { PresenceEntry } from '../../contract/entry.ts'
import type { DecodedMessage, ReceivedMessage } from '../decode/decoded-message.ts'
import type { IngestLimits } from '../decode/ingest-limits.ts'
import { parseInUseSince } from '../decode/parse-timestamp.ts'
import type { Rejection } from '../decode/rejection.ts'
import type { Deduplicator } from '../dedupe/deduplicator.ts'
import { createQuarantineEntry, type RejectedMessage } from '../quarantine/quarantine-entry.ts'
import { type CommitBatch, increment } from './commit-batch.ts'
import type { RegistrationRejection, RegistrationRequest } from './device-registration.ts'
import {
  checkAnnouncement,
  checkDeviceQuota,
  checkSender,
  type DeviceLookup,
  type RegistrationPolicy,
} from './message-checks.ts'
import { ReadingValidator } from './reading-validator.ts'
import { SignsOfLife } from './signs-of-life.ts'

/** What was put into quarantine, and why. */
export interface QuarantinedMessage extends Rejection {
  device?: string
  topic: string
}

export interface MessageValidatorOptions extends RegistrationPolicy {
  devices: ReadonlyMap<string, Device>
  deduplicator: Deduplicator
  newId: () => string
  limits: IngestLimits
  /** Called for each quarantined reading or message, before its commit. */
  onQuarantined?: ((message: QuarantinedMessage) => void) | undefined
}

type DecodedOf<T extends DecodedMessage['type']> = Extract<DecodedMessage, { type: T }>

/** Validates each message in the order of arrival and adds the outcome to the commit batch. */
export class MessageValidator {
  readonly #options: MessageValidatorOptions
  readonly #readings: ReadingValidator
  readonly #signsOfLife = new SignsOfLife()
  /** Devices registered by each client since the start. */
  readonly #registeredBy = new Map<string, Set<string>>()

  constructor(options: MessageValidatorOptions) {
    this.#options = options
    const { kinds, deduplicator } = options
    this.#readings = new ReadingValidator({
      kinds,
      deduplicator,
      quarantine: (draft, arrival, rejected) => this.#quarantine(draft, arrival, rejected),
    })
  }

  validate(draft: CommitBatch, arrival: ReceivedMessage | RegistrationRequest): void {
    if ('devices' in arrival) {
      this.#register(draft, arrival)
      return
    }
    const entriesBefore = draft.entries.length
    this.#validateMessage(draft, arrival)
    this.#markHeard(draft, arrival, entriesBefore)
  }

  /** Forget what is remembered of a device, for when it could not be stored. */
  forget(device: string): void {
    this.#options.deduplicator.forget(device)
    this.#readings.forget(device)
    this.#signsOfLife.forget(device)
  }

  #validateMessage(draft: CommitBatch, arrival: ReceivedMessage): void {
    const { decoded, message } = arrival
    switch (decoded.type) {
      case 'readings': {
        const { device } = decoded
        const lookup = this.#lookup(draft)
        const kind = lookup(device)?.kind ?? ''
        const sender = checkSender(device, { clientId: message.clientId, lookup }) ?? { kind }
        this.#readings.validate(draft, arrival, decoded, sender)
        break
      }
      case 'rejected':
        this.#rejectMessage(draft, arrival, decoded)
        break
      case 'announcement':
        this.#announcement(draft, arrival, decoded)
        break
      case 'presence':
      case 'event':
        this.#deviceMessage(draft, arrival, decoded)
        break
      case 'receipt':
        draft.entries.push({ ...decoded, receivedAt: arrival.receivedAt })
        increment(draft.counts, 'messages')
        break
    }
  }

  /**
   * Record that a device was heard, where no entry of its message says so: what is a duplicate or quarantined also shows
   * that the device works. A last will, and what the broker kept from earlier, does not.
   */
  #markHeard(
    draft: CommitBatch,
    { message, decoded, receivedAt }: ReceivedMessage,
    entriesBefore: number,
  ): void {
    const device = senderOf(decoded)
    const mayBeLastWill = decoded.type === 'rejected' && message.topic.endsWith('/state')
    if (device === undefined || message.retained || mayBeLastWill) return
    for (let at = entriesBefore; at < draft.entries.length; at++) {
      const type = draft.entries[at]?.type
      if (type === 'reading' || type === 'presence') return
    }
    const lookup = this.#lookup(draft)
    const rules = this.#options.kinds.rulesOf(lookup(device)?.kind ?? '')
    if (rules === undefined || checkSender(device, { clientId: message.clientId, lookup })) return
    if (!this.#signsOfLife.isDue(device, receivedAt, rules.expectedIntervalMs)) return
    draft.rememberedDevices.add(device)
    draft.entries.push({ type: 'heard', receivedAt, device })
  }

  #announcement(draft: CommitBatch, arrival: ReceivedMessage, { device }: DecodedOf<'announcement'>): void {
    const { clientId = '' } = arrival.message
    const lookup = this.#lookup(draft)
    const isNew = lookup(device.id) === undefined
    const rejection =
      checkAnnouncement(device, { clientId: arrival.message.clientId, lookup }, this.#options) ??
      (isNew ? this.#checkDeviceQuota(draft, clientId) : undefined)
    if (rejection !== undefined) {
      this.#rejectMessage(draft, arrival, { rejection, device: device.id, kind: device.kind })
      return
    }
    const { receivedAt } = arrival
    if (isNew) {
      draft.newDeviceCount += 1
      this.#registeredBy.set(clientId, (this.#registeredBy.get(clientId) ?? new Set()).add(device.id))
    }
    const whole = mergeKnownFields(device, lookup(device.id))
    draft.devices.set(device.id, whole)
    draft.entries.push({ type: 'device', receivedAt, device: whole })
    draft.entries.push(presenceEntry(arrival, { device: device.id, state: 'online' }))
    increment(draft.counts, 'messages')
  }

  /** Return why an operator cannot register the device. @param now ms since 1970 UTC */
  registrationRejection(device: Device, now: number): RegistrationRejection | undefined {
    const { kinds, devices, limits } = this.#options
    const operator = { clientId: undefined, lookup: (id: string) => devices.get(id) }
    const rejection = checkAnnouncement(device, operator, { kinds, registrationMode: 'open' })
    if (rejection !== undefined) return { field: 'kind', detail: rejection.detail }
    if (device.inUseSince === undefined) return undefined
    const since = parseInUseSince(device.inUseSince, { now, limits })
    return typeof since === 'number' ? undefined : { field: 'inUseSince', detail: since.detail }
  }

  /** Register devices by order of an operator. That does not change their presence. */
  #register(draft: CommitBatch, { devices, receivedAt }: RegistrationRequest): void {
    const lookup = this.#lookup(draft)
    for (const device of devices) {
      if (lookup(device.id) === undefined) draft.newDeviceCount += 1
      draft.devices.set(device.id, device)
      draft.entries.push({ type: 'device', receivedAt, device })
      increment(draft.counts, 'messages')
    }
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

  #deviceMessage(draft: CommitBatch, arrival: ReceivedMessage, said: DecodedOf<'presence' | 'event'>): void {
    const sender = { clientId: arrival.message.clientId, lookup: this.#lookup(draft) }
    const rejection = checkSender(said.device, sender)
    if (rejection !== undefined) {
      this.#rejectMessage(draft, arrival, { rejection, device: said.device })
      return
    }
    increment(draft.counts, 'messages')
    if (said.type === 'event') {
      draft.rememberedDevices.add(said.device)
      // A replacement that is reported twice must not start two epochs.
      if (this.#options.deduplicator.recordEvent(said) === 'seen') return
    }
    const { receivedAt } = arrival
    draft.entries.push(said.type === 'event' ? { ...said, receivedAt } : presenceEntry(arrival, said))
  }

  /** A payload that is rejected as a whole counts as one received reading. */
  #rejectMessage(draft: CommitBatch, arrival: ReceivedMessage, rejected: RejectedMessage): void {
    increment(draft.counts, 'received')
    increment(draft.counts, 'quarantined')
    increment(draft.counts, `quarantined.${rejected.rejection.reason}`)
    this.#quarantine(draft, arrival, rejected)
  }

  #quarantine(draft: CommitBatch, arrival: ReceivedMessage, rejected: RejectedMessage): void {
    const { rejection, device } = rejected
    const { topic } = arrival.message
    increment(draft.counts, 'quarantine_entries')
    this.#options.onQuarantined?.({ ...rejection, topic, ...(device !== undefined && { device }) })
    const registered = device === undefined ? undefined : this.#lookup(draft)(device)
    const context = { id: this.#options.newId(), message: arrival.message, receivedAt: arrival.receivedAt }
    const entry = createQuarantineEntry(context, {
      ...(registered && { kind: registered.kind }),
      ...rejected,
    })
    draft.entries.push(entry)
    draft.rejectedBytes.set(arrival, (draft.rejectedBytes.get(arrival) ?? 0) + entry.payload.length)
  }

  /** Includes devices announced in the same commit. */
  #lookup(draft: CommitBatch): DeviceLookup {
    return (id) => draft.devices.get(id) ?? this.#options.devices.get(id)
  }
}

/** Keep the fields that an announcement leaves out: an operator may have set them. */
function mergeKnownFields(device: Device, known: Device | undefined): Device {
  return known?.kind === device.kind ? { ...known, ...device } : device
}

function presenceEntry(
  { message, receivedAt }: ReceivedMessage,
  { device, state }: Pick<PresenceEntry, 'device' | 'state'>,
): PresenceEntry {
  const entry: PresenceEntry = { type: 'presence', receivedAt, device, state }
  if (message.retained) entry.retained = true
  return entry
}

/** Return the device that sent a message, if one did. */
function senderOf(decoded: DecodedMessage): string | undefined {
  switch (decoded.type) {
    case 'announcement':
      return decoded.device.id
    case 'receipt':
      return undefined
    default:
      return decoded.device
  }
}
