import type { Device } from '../../contract/device.ts'
import type { Reading } from '../../contract/reading.ts'
import type { Decoded } from '../decode/decoded.ts'
import type { Limits } from '../decode/limits.ts'
import { quotable, quotablePayload, quotableValue, type Refusal } from '../decode/refusal.ts'
import type { Dedupe } from '../dedupe/dedupe.ts'
import type { InboundMessage } from '../gateway.ts'
import { count, type Draft } from './draft.ts'
import type { EnrolmentOrder } from './enrolment.ts'
import { QuarantineSample } from './quarantine-sample.ts'
import {
  type DeviceLookup,
  type EnrolmentRules,
  refusalOfAnnouncement,
  refusalOfOneMore,
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
  limits: Limits
}

// Against the limit of one sender: its burst, and what all together may have kept.
const quarantineBurst = 100
const quarantineAll = { perSecond: 20, burst: 500 }

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
  readonly #sample: QuarantineSample
  /** Which devices each client made known since the start. */
  readonly #enrolledBy = new Map<string, Set<string>>()

  constructor(options: JudgeOptions) {
    this.#options = options
    const rate = options.limits.quarantineRate
    this.#sample = new QuarantineSample({
      each: { perSecond: rate, burst: rate * quarantineBurst },
      all: { perSecond: rate * quarantineAll.perSecond, burst: rate * quarantineAll.burst },
    })
  }

  judge(draft: Draft, arrival: Arrival | EnrolmentOrder): void {
    if ('devices' in arrival) {
      this.#enrol(draft, arrival)
      return
    }
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
    const { clientId = '' } = arrival.message
    const lookup = this.#lookup(draft)
    const isNew = lookup(device.id) === undefined
    const refusal =
      refusalOfAnnouncement(device, { clientId: arrival.message.clientId, lookup }, this.#options) ??
      (isNew ? this.#refusalOfOneMore(draft, clientId) : undefined)
    if (refusal !== undefined) {
      this.#refuse(draft, arrival, { refusal, device: device.id })
      return
    }
    const { receivedAt } = arrival
    if (isNew) {
      draft.enrolled += 1
      this.#enrolledBy.set(clientId, (this.#enrolledBy.get(clientId) ?? new Set()).add(device.id))
    }
    const whole = withWhatIsKnown(device, lookup(device.id))
    draft.devices.set(device.id, whole)
    draft.entries.push({ type: 'device', receivedAt, device: whole })
    draft.entries.push({ type: 'presence', receivedAt, device: device.id, state: 'online' })
    count(draft.counts, 'messages')
  }

  /** Why an operator cannot make it known, in words. */
  refusalOfEnrolment(device: Device): string | undefined {
    const { kinds, devices } = this.#options
    const operator = { clientId: undefined, lookup: (id: string) => devices.get(id) }
    return refusalOfAnnouncement(device, operator, { kinds, enrolment: 'open' })?.detail
  }

  /** Makes devices known as an operator says. They are not heard by that: nothing is said of their presence. */
  #enrol(draft: Draft, { devices, receivedAt }: EnrolmentOrder): void {
    const lookup = this.#lookup(draft)
    for (const device of devices) {
      if (lookup(device.id) === undefined) draft.enrolled += 1
      draft.devices.set(device.id, device)
      draft.entries.push({ type: 'device', receivedAt, device })
      count(draft.counts, 'messages')
    }
  }

  /** Where the broker does not tell who sent it, only the limit for all holds. */
  #refusalOfOneMore(draft: Draft, clientId: string): Refusal | undefined {
    const { limits, devices } = this.#options
    const byClient = clientId === '' ? 0 : (this.#enrolledBy.get(clientId)?.size ?? 0)
    return refusalOfOneMore({ limits, inAll: devices.size + draft.enrolled, byClient })
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
    count(draft.counts, 'quarantined')
    count(draft.counts, `quarantined.${refusal.reason}`)
    const { clientId = device ?? '' } = arrival.message
    if (this.#sample.decide(clientId, arrival.receivedAt) === 'count') {
      count(draft.counts, 'unkept')
      return
    }
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
  }

  /** Devices announced in the same commit are known already. */
  #lookup(draft: Draft): DeviceLookup {
    return (id) => draft.devices.get(id) ?? this.#options.devices.get(id)
  }
}

/** What an announcement leaves out stays as it was: an operator may have said it. */
function withWhatIsKnown(device: Device, known: Device | undefined): Device {
  return known?.kind === device.kind ? { ...known, ...device } : device
}

function quotableReading({ device: _, ...said }: Reading): string {
  return quotableValue(said)
}
