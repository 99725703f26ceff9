import type { Reading } from '../../contract/reading.ts'
import type { InvalidField, RawReading } from '../decode/decode-reading.ts'
import type { DecodedMessage, ReceivedMessage } from '../decode/decoded-message.ts'
import type { Rejection } from '../decode/rejection.ts'
import type { Deduplicator } from '../dedupe/deduplicator.ts'
import type { KindCatalog, KindRules } from '../kind-catalog.ts'
import { type RejectedMessage, readingTexts } from '../quarantine/quarantine-entry.ts'
import {
  type RejectedValue,
  unknownMetric,
  type ValidatedValues,
  validateValues,
} from '../values/validate-values.ts'
import { type CommitBatch, increment } from './commit-batch.ts'
import { FirstReports } from './first-reports.ts'
import { unknownKindRejection } from './message-checks.ts'

export interface ReadingValidatorOptions {
  kinds: KindCatalog
  deduplicator: Deduplicator
  /** Write an entry of the quarantine. */
  quarantine(draft: CommitBatch, arrival: ReceivedMessage, rejected: RejectedMessage): void
}

/** Sender and kind of the readings of one message. */
interface ReadingsContext {
  draft: CommitBatch
  arrival: ReceivedMessage
  device: string
  kind: string
  rules: KindRules
  /** The reading as it was sent; undefined where it is the whole payload. */
  text(): string | undefined
}

/** Values of one reading that get an entry of their own; the others share one. */
const maxEntriesPerReading = 32

/** Stores what is valid of each reading, and quarantines the rest. */
export class ReadingValidator {
  readonly #options: ReadingValidatorOptions
  readonly #reports = new FirstReports()

  constructor(options: ReadingValidatorOptions) {
    this.#options = options
  }

  /** @param sender its kind, or why nothing is stored of it */
  validate(
    draft: CommitBatch,
    arrival: ReceivedMessage,
    { device, readings }: Extract<DecodedMessage, { type: 'readings' }>,
    sender: { kind: string } | Rejection,
  ): void {
    increment(draft.counts, 'received', readings.length)
    const kind = 'kind' in sender ? sender.kind : ''
    const rules = this.#options.kinds.rulesOf(kind)
    const rejection = 'kind' in sender ? unknownKindRejection(kind) : sender
    const textOf = readingTexts(arrival.message)
    for (const [index, each] of readings.entries()) {
      const text = () => textOf(index)
      const reject = (why: Rejection, valueCount: number) =>
        this.#rejectReading(draft, arrival, { rejection: why, device, payload: text(), valueCount })
      if (each.type === 'rejected') reject(each.rejection, each.valueCount)
      else if (rules === undefined) reject(rejection, Object.keys(each.reading.values).length)
      else this.#reading({ draft, arrival, device, kind, rules, text }, each.reading, each.invalidFields)
    }
  }

  forget(device: string): void {
    this.#reports.forget(device)
  }

  #reading(context: ReadingsContext, raw: RawReading, invalidFields: readonly InvalidField[] = []): void {
    const { draft, arrival, device, kind, rules } = context
    const values = validateValues(raw.values, rules)
    const rejection = rejectionOfAll(values, kind, rules)
    if (rejection !== undefined) {
      const valueCount = Object.keys(raw.values).length
      this.#rejectReading(draft, arrival, { rejection, device, payload: context.text(), valueCount })
      return
    }
    const isStored = this.#store(context, toReading(raw, values.accepted))
    const { acceptedCount, ignoredCount, invalid, unknown } = values
    const { counts } = draft
    increment(counts, 'values.received', acceptedCount + ignoredCount + invalid.length + unknown.length)
    increment(counts, isStored ? 'values.stored' : 'values.duplicate', acceptedCount)
    if (invalid.length + unknown.length + ignoredCount + invalidFields.length === 0) return
    const quarantined = [...invalid, ...this.#leaveOutUnknown(context, raw, values)]
    this.#quarantineValues(context, raw, quarantined)
    if (isStored && quarantined.length > 0) increment(counts, 'stored_in_part')
    if (isStored && invalidFields.length > 0) increment(counts, 'invalid_field')
    for (const { field, rejection: why } of invalidFields) {
      this.#reportOnce(context, field, () => ({ rejection: why, payload: context.text() }))
    }
  }

  /** @returns false for a duplicate */
  #store({ draft, arrival }: ReadingsContext, reading: Reading): boolean {
    draft.rememberedDevices.add(reading.device)
    const familiarity = this.#options.deduplicator.recordReading(reading)
    if (familiarity === 'seen') {
      increment(draft.counts, 'duplicate')
      return false
    }
    draft.entries.push({ type: 'reading', receivedAt: arrival.receivedAt, reading })
    increment(draft.counts, 'stored')
    if (familiarity === 'conflict') increment(draft.counts, 'conflict')
    return true
  }

  /** Count and report values of unknown metrics. @returns those that the kind wants quarantined instead */
  #leaveOutUnknown(
    context: ReadingsContext,
    raw: RawReading,
    { unknown, ignoredCount }: ValidatedValues,
  ): RejectedValue[] {
    const { draft, kind, rules } = context
    const isReported = rules.unknown === 'report'
    increment(draft.counts, 'values.ignored', ignoredCount + (isReported ? unknown.length : 0))
    if (!isReported) {
      return unknown.map((each) => ({ ...each, rejection: unknownMetric(each.metric, kind, rules) }))
    }
    for (const { metric, value } of unknown) {
      this.#reportOnce(context, metric, () => {
        const { reason, detail } = unknownMetric(metric, kind, rules)
        const consequence = 'it is left out, and not reported of this device again'
        const rejection = { reason, detail: `${detail}; ${consequence}` }
        return { rejection, payload: partialReading(raw, [{ metric, value }]) }
      })
    }
    return []
  }

  #reportOnce(
    { draft, arrival, device }: ReadingsContext,
    name: string,
    report: () => Pick<RejectedMessage, 'rejection' | 'payload'>,
  ): void {
    if (!this.#reports.add(device, name)) return
    draft.rememberedDevices.add(device)
    this.#options.quarantine(draft, arrival, { ...report(), device, metric: name })
  }

  #quarantineValues(
    { draft, arrival, device }: ReadingsContext,
    raw: RawReading,
    rejected: readonly RejectedValue[],
  ): void {
    increment(draft.counts, 'values.quarantined', rejected.length)
    for (const { rejection } of rejected) increment(draft.counts, `values.quarantined.${rejection.reason}`)
    for (const { metric, value, rejection } of rejected.slice(0, maxEntriesPerReading)) {
      const payload = partialReading(raw, [{ metric, value }])
      this.#options.quarantine(draft, arrival, { rejection, device, metric, payload })
    }
    const [first, ...others] = rejected.slice(maxEntriesPerReading)
    if (first === undefined) return
    const detail = `${first.rejection.detail}; and ${others.length} more values of this reading`
    const rejection = { ...first.rejection, detail }
    this.#options.quarantine(draft, arrival, {
      rejection,
      device,
      metric: first.metric,
      payload: partialReading(raw, [first, ...others]),
    })
  }

  #rejectReading(
    draft: CommitBatch,
    arrival: ReceivedMessage,
    { valueCount, ...rejected }: RejectedMessage & { valueCount: number },
  ): void {
    const { reason } = rejected.rejection
    increment(draft.counts, 'values.received', valueCount)
    increment(draft.counts, 'values.quarantined', valueCount)
    increment(draft.counts, `values.quarantined.${reason}`, valueCount)
    increment(draft.counts, 'quarantined')
    increment(draft.counts, `quarantined.${reason}`)
    this.#options.quarantine(draft, arrival, rejected)
  }
}

/** Return why nothing of a reading is stored. A reading with ignored metrics alone is stored, and shows that its device works. */
function rejectionOfAll(
  { acceptedCount, invalid: [invalid], unknown: [unknown] }: ValidatedValues,
  kind: string,
  rules: KindRules,
): Rejection | undefined {
  if (acceptedCount > 0) return undefined
  if (invalid !== undefined) return invalid.rejection
  return unknown && unknownMetric(unknown.metric, kind, rules)
}

/** Return the reading with the values that are stored. Without spread syntax, which costs 2 µs here. */
function toReading({ device, ts, boot, seq, hist, tsFrom }: RawReading, values: Reading['values']): Reading {
  const reading: Reading = { device, ts, values }
  if (boot !== undefined) reading.boot = boot
  if (seq !== undefined) reading.seq = seq
  if (hist !== undefined) reading.hist = hist
  if (tsFrom !== undefined) reading.tsFrom = tsFrom
  return reading
}

/** Return a reading with some of its values, as the device could have sent it alone. */
function partialReading(
  { device: _, tsFrom: _from, values: _all, ...reading }: RawReading,
  values: readonly { metric: string; value: unknown }[],
): string {
  const { ts, ...counters } = reading
  const members = values.map(({ metric, value }) => `${JSON.stringify(metric)}:${toJson(value)}`)
  const more = Object.entries(counters).map(([name, value]) => `,${JSON.stringify(name)}:${value}`)
  return `{"ts":${ts},"values":{${members.join(',')}}${more.join('')}}`
}

/** A number beyond the range of a double was parsed as Infinity, which `JSON.stringify` cannot write. */
function toJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  if (typeof value !== 'number' || Number.isFinite(value)) return JSON.stringify(value)
  return value > 0 ? '1e999' : '-1e999'
}
