import type { TelemetryEntry } from '../../contract/entry.ts'
import { type CommitBatch, createCommitBatch, increment } from '../acceptance/commit-batch.ts'
import { MessageValidator, type MessageValidatorOptions } from '../acceptance/message-validator.ts'
import type { DecodedMessage, ReceivedMessage } from '../decode/decoded-message.ts'
import { createDeduplicator } from '../dedupe/deduplicator.ts'
import type { InboundMessage } from '../gateway.ts'

/** A quarantined message, as it was received. */
export interface QuarantinedForRetry {
  id: string
  /** Why it is in quarantine now. */
  reason: string
  message: InboundMessage
  /** Time of the first receipt, ms. */
  receivedAt: number
  /** Time of the retry, ms. */
  retriedAt: number
}

/** What became of a quarantined message: `unknown` when an earlier retry has stored it. */
export type RetryOutcome =
  | { is: 'stored' | 'duplicate' | 'unknown' }
  | { is: 'quarantined'; reason: string; detail: string }

/** Retries of quarantined messages. */
export interface QuarantineRetry {
  /**
   * Validate a quarantined message again and commit what it holds, together with the outcome. A message that an earlier
   * retry has stored is not stored again. Readings are marked as a backlog, so that they raise no alarm of their own.
   * @throws as `accept`: then nothing was stored
   */
  retry(quarantined: QuarantinedForRetry): Promise<RetryOutcome>
  /** Return what retries in this order would give; `stored` includes what would turn out to be a duplicate. */
  preview(quarantined: readonly QuarantinedForRetry[]): RetryOutcome[]
}

/** A decoded message for a retry. */
export interface RetriedMessage extends ReceivedMessage {
  /** Id in quarantine. */
  retryOf: string
  retriedAt: number
}

/** @param receiptTime time of a reading without `ts`, ms; null where it is unknown */
type DecodeForRetry = (message: InboundMessage, receiptTime: number | null) => DecodedMessage

export function isRetried(work: object): work is RetriedMessage {
  return 'retryOf' in work
}

/** Entries of a message that are not stored again: what it says of its own time is over. */
const passingTypes = new Set<TelemetryEntry['type']>(['quarantined', 'presence', 'heard'])

/** Ids of stored messages that are remembered; the records know the others by then. */
const maxFinished = 100_000

/** Evaluates retries of quarantined messages as part of the commits of the acceptance. */
export class QuarantineRetrier {
  readonly #options: MessageValidatorOptions
  readonly #decode: DecodeForRetry
  /** Messages that a retry has stored, or found to be duplicates. */
  readonly #finished = new Set<string>()
  /** Device → when it was announced last, ms, as far back as the journal reaches. */
  readonly #announcedAt = new Map<string, number>()

  constructor(options: MessageValidatorOptions, decode: DecodeForRetry) {
    this.#options = options
    this.#decode = decode
  }

  decode({ id, message, reason, receivedAt, retriedAt }: QuarantinedForRetry): RetriedMessage {
    const receiptTime = reason === 'ts_missing' ? null : receivedAt
    return { retryOf: id, message, receivedAt, retriedAt, decoded: this.#decode(message, receiptTime) }
  }

  /** Take notice of committed entries. */
  observe(entries: readonly TelemetryEntry[]): void {
    for (const entry of entries) {
      if (entry.type === 'device') this.#announcedAt.set(entry.device.id, entry.receivedAt)
      if (entry.type !== 'quarantine_retried' || entry.outcome === 'quarantined') continue
      this.#finished.add(entry.id)
      const [oldest] = this.#finished.size > maxFinished ? this.#finished : []
      if (oldest !== undefined) this.#finished.delete(oldest)
    }
  }

  /** Add what a message holds, and the outcome, to the commit batch. */
  retryInto(draft: CommitBatch, validator: MessageValidator, retried: RetriedMessage): RetryOutcome {
    const { retryOf: id, retriedAt: at } = retried
    if (this.#finished.has(id) || draft.entries.some((entry) => isOutcomeOf(entry, id)))
      return { is: 'unknown' }
    const outcome = this.#evaluate(draft, validator, retried)
    const { is, ...why } = outcome
    if (is !== 'unknown') {
      increment(draft.counts, `retried.${is}`)
      draft.entries.push({ type: 'quarantine_retried', at, id, outcome: is, ...why })
    }
    return outcome
  }

  /** As `QuarantineRetry.preview`: nothing is kept of it. */
  preview(quarantined: readonly QuarantinedForRetry[]): RetryOutcome[] {
    const validator = new MessageValidator({
      ...this.#options,
      deduplicator: createDeduplicator(),
      onQuarantined: undefined,
    })
    const draft = createCommitBatch()
    return quarantined.map((each) => this.#evaluate(draft, validator, this.decode(each)))
  }

  /** Add what a message holds to the commit batch, without the outcome. */
  #evaluate(draft: CommitBatch, validator: MessageValidator, retried: RetriedMessage): RetryOutcome {
    if (this.#isOutdated(retried)) return { is: 'duplicate' }
    const scratch = {
      ...createCommitBatch(),
      devices: draft.devices,
      rememberedDevices: draft.rememberedDevices,
    }
    scratch.newDeviceCount = draft.newDeviceCount
    validator.validate(scratch, retried)
    draft.newDeviceCount = scratch.newDeviceCount
    const rejected = scratch.entries.filter((entry) => entry.type === 'quarantined')
    const valid = scratch.entries.filter(({ type }) => !passingTypes.has(type))
    if (valid.length > 0) {
      draft.entries.push(...valid.map(asBacklog), ...rejected)
      increment(draft.counts, 'quarantine_entries', rejected.length)
      return { is: 'stored' }
    }
    const [first] = rejected
    return first === undefined
      ? { is: 'duplicate' }
      : { is: 'quarantined', reason: first.reason, detail: first.detail }
  }

  /**
   * Presence holds at its time only; an announcement or a removal until the next one. One that is older than the
   * journal may have been followed by another.
   */
  #isOutdated({ decoded, receivedAt }: RetriedMessage): boolean {
    const { devices } = this.#options
    if (decoded.type === 'presence') return devices.has(decoded.device)
    const device = stateOf(decoded)
    if (device === undefined || !devices.has(device)) return false
    return (this.#announcedAt.get(device) ?? Number.POSITIVE_INFINITY) > receivedAt
  }
}

/** Return the device that a message announces or removes. */
function stateOf(decoded: DecodedMessage): string | undefined {
  if (decoded.type === 'announcement') return decoded.device.id
  return decoded.type === 'removal' ? decoded.device : undefined
}

function isOutcomeOf(entry: TelemetryEntry, id: string): boolean {
  return entry.type === 'quarantine_retried' && entry.id === id && entry.outcome !== 'quarantined'
}

function asBacklog(entry: TelemetryEntry): TelemetryEntry {
  return entry.type === 'reading' ? { ...entry, reading: { ...entry.reading, hist: true } } : entry
}
