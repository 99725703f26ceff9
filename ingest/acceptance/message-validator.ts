import type { Device } from '../../contract/device.ts'
import type { Reading } from '../../contract/reading.ts'
import type { DecodedMessage } from '../decode/decoded-message.ts'
import type { IngestLimits } from '../decode/ingest-limits.ts'
import type { Rejection } from '../decode/rejection.ts'
import type { Deduplicator } from '../dedupe/deduplicator.ts'
import type { InboundMessage } from '../gateway.ts'
import { type CommitBatch, increment } from './commit-batch.ts'
import type { RegistrationRequest } from './device-registration.ts'
import {
  checkAnnouncement,
  checkDeviceQuota,
  checkMetricValues,
  checkSender,
  type DeviceLookup,
  type RegistrationPolicy,
} from './message-checks.ts'
import { createQuarantineEntry, type RejectedMessage, readingTexts } from './quarantine-entry.ts'

/** A message with its time of receipt and its decoded content. */
export interface ReceivedMessage {
  message: InboundMessage
  receivedAt: number
  decoded: DecodedMessage
}

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
  /** Devices registered by each client since the start. */
  readonly #registeredBy = new Map<string, Set<string>>()

  constructor(options: MessageValidatorOptions) {
    this.#options = options
  }

  validate(draft: CommitBatch, arrival: ReceivedMessage | RegistrationRequest): void {
    if ('devices' in arrival) {
      this.#register(draft, arrival)
      return
    }
    const { decoded } = arrival
    switch (decoded.type) {
      case 'readings':
        this.#readings(draft, arrival, decoded)
        break
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

  #readings(draft: CommitBatch, arrival: ReceivedMessage, { device, readings }: DecodedOf<'readings'>): void {
    increment(draft.counts, 'received', readings.length)
    const lookup = this.#lookup(draft)
    const sender = checkSender(device, { clientId: arrival.message.clientId, lookup })
    const kind = lookup(device)?.kind ?? ''
    const textOf = readingTexts(arrival.message)
    for (const [index, each] of readings.entries()) {
      const rejection =
        each.type === 'rejected'
          ? each.rejection
          : (sender ?? checkMetricValues(each.reading, kind, this.#options.kinds))
      if (rejection !== undefined)
        this.#quarantine(draft, arrival, { rejection, device, payload: textOf(index) })
      else if (each.type === 'reading') this.#store(draft, arrival, each.reading)
    }
  }

  #store(draft: CommitBatch, { receivedAt }: ReceivedMessage, reading: Reading): void {
    draft.dedupedDevices.add(reading.device)
    if (this.#options.deduplicator.recordReading(reading) === 'seen') {
      increment(draft.counts, 'duplicate')
      return
    }
    draft.entries.push({ type: 'reading', receivedAt, reading })
    increment(draft.counts, 'stored')
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
    draft.entries.push({ type: 'presence', receivedAt, device: device.id, state: 'online' })
    increment(draft.counts, 'messages')
  }

  /** Return why an operator cannot register the device, as text. */
  registrationRejection(device: Device): string | undefined {
    const { kinds, devices } = this.#options
    const operator = { clientId: undefined, lookup: (id: string) => devices.get(id) }
    return checkAnnouncement(device, operator, { kinds, registrationMode: 'open' })?.detail
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
      draft.dedupedDevices.add(said.device)
      // A replacement that is reported twice must not start two epochs.
      if (this.#options.deduplicator.recordEvent(said) === 'seen') return
    }
    draft.entries.push({ ...said, receivedAt: arrival.receivedAt })
  }

  /** A payload that is rejected as a whole counts as one received reading. */
  #rejectMessage(draft: CommitBatch, arrival: ReceivedMessage, rejected: RejectedMessage): void {
    increment(draft.counts, 'received')
    this.#quarantine(draft, arrival, rejected)
  }

  #quarantine(draft: CommitBatch, arrival: ReceivedMessage, rejected: RejectedMessage): void {
    const { rejection, device } = rejected
    const { topic } = arrival.message
    increment(draft.counts, 'quarantined')
    increment(draft.counts, `quarantined.${rejection.reason}`)
    this.#options.onQuarantined?.({ ...rejection, topic, ...(device !== undefined && { device }) })
    const registered = device === undefined ? undefined : this.#lookup(draft)(device)
    const context = { id: this.#options.newId(), message: arrival.message, receivedAt: arrival.receivedAt }
    draft.entries.push(
      createQuarantineEntry(context, { ...(registered && { kind: registered.kind }), ...rejected }),
    )
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
