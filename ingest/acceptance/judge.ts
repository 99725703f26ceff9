import type { Device, Reading } from '../../store/journal/entry.ts'
import type { Decoded } from '../decode/decoded.ts'
import { quotable, quotablePayload, quotableValue, type Refusal } from '../decode/refusal.ts'
import type { Dedupe } from '../dedupe/dedupe.ts'
import type { InboundMessage } from '../gateway.ts'
import { count, type Draft } from './draft.ts'
import {
  type DeviceLookup,
  type EnrolmentRules,
  refusalOfAnnouncement,
  refusalOfSender,
  refusalOfValues,
} from './rights.ts'

/** A message, when it came and what it says. */
export interface Arrival {
  message: InboundMessage
  receivedAt: number
  decoded: Decoded
}

export interface JudgeOptions extends EnrolmentRules {
  devices: ReadonlyMap<string, Device>
  dedupe: Dedupe
  newId: () => string
}

interface Refused {
  refusal: Refusal
  device?: string
  /** The refused part, where it is not the whole payload. */
  payload?: string
}

type Said<T extends Decoded['type']> = Extract<Decoded, { type: T }>

/** Decides what becomes of each message, in the order of arrival, and notes it in the draft of the commit. */
export class Judge {
  readonly #options: JudgeOptions

  constructor(options: JudgeOptions) {
    this.#options = options
  }

  judge(draft: Draft, arrival: Arrival): void {
    const { decoded } = arrival
    switch (decoded.type) {
      case 'readings':
        this.#readings(draft, arrival, decoded)
        break
      case 'refused':
        this.#refuse(draft, arrival, decoded)
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
        count(draft.counts, 'messages')
        break
    }
  }

  #readings(draft: Draft, arrival: Arrival, { device, readings }: Said<'readings'>): void {
    count(draft.counts, 'received', readings.length)
    const lookup = this.#lookup(draft)
    const sender = refusalOfSender(device, { clientId: arrival.message.clientId, lookup })
    const kind = lookup(device)?.kind ?? ''
    for (const each of readings) {
      if (each.type === 'refused') {
        this.#quarantine(draft, arrival, { ...each, device })
        continue
      }
      const refusal = sender ?? refusalOfValues(each.reading, kind, this.#options.kinds)
      if (refusal === undefined) this.#store(draft, arrival, each.reading)
      else this.#quarantine(draft, arrival, { refusal, device, payload: quotableReading(each.reading) })
    }
  }

  #store(draft: Draft, { receivedAt }: Arrival, reading: Reading): void {
    draft.noted.add(reading.device)
    if (this.#options.dedupe.reading(reading) === 'seen') {
      count(draft.counts, 'duplicate')
      return
    }
    draft.entries.push({ type: 'reading', receivedAt, reading })
    count(draft.counts, 'stored')
  }

  #announcement(draft: Draft, arrival: Arrival, { device }: Said<'announcement'>): void {
    const sender = { clientId: arrival.message.clientId, lookup: this.#lookup(draft) }
    const refusal = refusalOfAnnouncement(device, sender, this.#options)
    if (refusal !== undefined) {
      this.#refuse(draft, arrival, { refusal, device: device.id })
      return
    }
    const { receivedAt } = arrival
    draft.devices.set(device.id, device)
    draft.entries.push({ type: 'device', receivedAt, device })
    draft.entries.push({ type: 'presence', receivedAt, device: device.id, state: 'online' })
    count(draft.counts, 'messages')
  }

  #deviceMessage(draft: Draft, arrival: Arrival, said: Said<'presence' | 'event'>): void {
    const sender = { clientId: arrival.message.clientId, lookup: this.#lookup(draft) }
    const refusal = refusalOfSender(said.device, sender)
    if (refusal !== undefined) {
      this.#refuse(draft, arrival, { refusal, device: said.device })
      return
    }
    count(draft.counts, 'messages')
    if (said.type === 'event') {
      draft.noted.add(said.device)
      // A replaced part that is told twice must not start two lives.
      if (this.#options.dedupe.event(said) === 'seen') return
    }
    draft.entries.push({ ...said, receivedAt: arrival.receivedAt })
  }

  /** A payload that is refused as a whole counts as one received. */
  #refuse(draft: Draft, arrival: Arrival, refused: Refused): void {
    count(draft.counts, 'received')
    this.#quarantine(draft, arrival, refused)
  }

  #quarantine(draft: Draft, arrival: Arrival, { refusal, device, payload }: Refused): void {
    draft.entries.push({
      type: 'quarantined',
      receivedAt: arrival.receivedAt,
      id: this.#options.newId(),
      topic: quotable(arrival.message.topic),
      ...(device === undefined ? {} : { device }),
      reason: refusal.reason,
      detail: quotable(refusal.detail),
      payload: payload ?? quotablePayload(arrival.message.payload),
    })
    count(draft.counts, 'quarantined')
    count(draft.counts, `quarantined.${refusal.reason}`)
  }

  /** Devices announced in the same commit are known already. */
  #lookup(draft: Draft): DeviceLookup {
    return (id) => draft.devices.get(id) ?? this.#options.devices.get(id)
  }
}

function quotableReading({ device: _, ...said }: Reading): string {
  return quotableValue(said)
}
