import type { Device } from '../../contract/device.ts'
import type { DecodedMessage, ReceivedMessage } from '../decode/decoded-message.ts'
import type { IngestLimits } from '../decode/ingest-limits.ts'
import type { Rejection } from '../decode/rejection.ts'
import type { Deduplicator } from '../dedupe/deduplicator.ts'
import { DeviceChanges, presenceEntry } from '../devices/device-changes.ts'
import { replacedComponents } from '../devices/replaced-components.ts'
import { createQuarantineEntry, type RejectedMessage } from '../quarantine/quarantine-entry.ts'
import { type CommitBatch, increment } from './commit-batch.ts'
import type {
  DeviceCommandRequest,
  RegistrationRejection,
  RegistrationRequest,
} from './device-registration.ts'
import { checkSender, type DeviceLookup, type RegistrationPolicy } from './message-checks.ts'
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
  readonly #changes: DeviceChanges
  readonly #signsOfLife = new SignsOfLife()

  constructor(options: MessageValidatorOptions) {
    this.#options = options
    const { kinds, deduplicator } = options
    this.#changes = new DeviceChanges(options)
    this.#readings = new ReadingValidator({
      kinds,
      deduplicator,
      quarantine: (draft, arrival, rejected) => this.#quarantine(draft, arrival, rejected),
    })
  }

  validate(draft: CommitBatch, arrival: ReceivedMessage | RegistrationRequest | DeviceCommandRequest): void {
    if ('devices' in arrival) {
      this.#changes.register(draft, arrival)
      return
    }
    if ('command' in arrival) {
      this.#changes.command(draft, arrival)
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
      case 'announcement': {
        const { id: device, kind } = decoded.device
        const rejection = this.#changes.announce(draft, arrival, decoded)
        if (rejection !== undefined) this.#rejectMessage(draft, arrival, { rejection, device, kind })
        break
      }
      case 'removal': {
        const { device } = decoded
        const rejection = this.#changes.remove(draft, arrival, device)
        if (rejection !== undefined) this.#rejectMessage(draft, arrival, { rejection, device })
        break
      }
      case 'presence':
        this.#presence(draft, arrival, decoded)
        break
      case 'event':
        this.#event(draft, arrival, decoded)
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

  /** Return why an operator cannot register the device. @param now ms since 1970 UTC */
  registrationRejection(device: Device, now: number): RegistrationRejection | undefined {
    return this.#changes.registrationRejection(device, now)
  }

  #presence(draft: CommitBatch, arrival: ReceivedMessage, presence: DecodedOf<'presence'>): void {
    const sender = { clientId: arrival.message.clientId, lookup: this.#lookup(draft) }
    const rejection = checkSender(presence.device, sender)
    // The last will of a device that was retired while it was connected: expected, and of no use.
    const isRetired = rejection?.reason === 'retired_device'
    if (rejection !== undefined && !isRetired) {
      this.#rejectMessage(draft, arrival, { rejection, device: presence.device })
      return
    }
    increment(draft.counts, 'messages')
    if (!isRetired) draft.entries.push(presenceEntry(arrival, presence))
  }

  #event(draft: CommitBatch, arrival: ReceivedMessage, event: DecodedOf<'event'>): void {
    const { receivedAt, message } = arrival
    const lookup = this.#lookup(draft)
    const { event: name, component, device } = event
    const kind = lookup(device)?.kind ?? ''
    const sender = checkSender(device, { clientId: message.clientId, lookup })
    const concerned =
      name === 'part_replaced'
        ? replacedComponents(component, kind, this.#options.kinds)
        : { components: [component] }
    const rejection = sender ?? ('rejection' in concerned ? concerned.rejection : undefined)
    if (rejection !== undefined) {
      this.#rejectMessage(draft, arrival, { rejection, device })
      return
    }
    increment(draft.counts, 'messages')
    draft.rememberedDevices.add(device)
    // A replacement that is reported twice must not start two epochs.
    if (this.#options.deduplicator.recordEvent(event) === 'seen' || 'rejection' in concerned) return
    const { component: _, ...kept } = event
    for (const one of concerned.components)
      draft.entries.push({ ...kept, ...(one !== undefined && { component: one }), receivedAt })
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
