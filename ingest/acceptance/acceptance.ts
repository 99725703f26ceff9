import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Device } from '../../contract/device.ts'
import type { Measurements } from '../../contract/measurements.ts'
import type { Topics } from '../../contract/topics.ts'
import { abortableSleep } from '../../lib/abortable-sleep.ts'
import { EventLoopTurn } from '../../lib/event-loop-turn.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { monotonicNow } from '../../lib/monotonic-clock.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { ClockGate } from '../clock/clock-gate.ts'
import type { ServerClock } from '../clock/server-clock.ts'
import { decodeMessage } from '../decode/decode-message.ts'
import type { DecodedMessage } from '../decode/decoded-message.ts'
import { defaultIngestLimits, type IngestLimits } from '../decode/ingest-limits.ts'
import { createDeduplicator, type Deduplicator, dedupeLimitsFor } from '../dedupe/deduplicator.ts'
import { createOperatorRegistration } from '../devices/operator-registration.ts'
import type { Accept, InboundMessage } from '../gateway.ts'
import type { KindCatalog } from '../kind-catalog.ts'
import {
  isRetried,
  type QuarantinedForRetry,
  QuarantineRetrier,
  type QuarantineRetry,
  type RetryOutcome,
} from '../quarantine/quarantine-retry.ts'
import { RejectionThrottle } from '../quarantine/rejection-throttle.ts'
import { type Backpressure, BackpressuredAppender } from './backpressured-appender.ts'
import { addCounts, type CommitBatch, type Counts, createCommitBatch } from './commit-batch.ts'
import type { DeviceCommandRequest, DeviceRegistration, RegistrationRequest } from './device-registration.ts'
import { loadDevices, toDeviceFacts } from './device-registry.ts'
import { type LatestValue, LatestValues } from './latest-values.ts'
import { MessageValidator, type QuarantinedMessage } from './message-validator.ts'
import {
  AcceptanceBusyError,
  AcceptanceStoppedError,
  acknowledgeInTurns,
  type InboxPosition,
  inboxFactsOf,
  maxCommitSize,
  type PendingWork,
  sizeOf,
  takeForwardedAfter,
  takeNextCommit,
} from './pending-work.ts'

export interface AcceptanceOptions {
  journal: Pick<Journal, 'append' | 'waitForSpace' | 'info' | 'scan' | 'facts'>
  kinds: KindCatalog
  topics: Topics
  /** ms since 1970 UTC. */
  now: () => number
  /** Creates ids of quarantine entries. */
  newId: () => string
  /** `closed`: only registered devices may announce themselves. */
  registrationMode: 'open' | 'closed'
  limits?: IngestLimits
  /** Registered devices, where several acceptances share them. */
  devices?: Map<string, Device>
  /** Called for each quarantined reading or message, before its commit. */
  onQuarantined?: (message: QuarantinedMessage) => void
  measurements?: Pick<Measurements, 'messageCommitted'> | undefined
  /** Checks the clock of this machine: while it is in doubt nothing is accepted. Default: it is believed. */
  serverClock?: ServerClock | undefined
}

interface AcceptanceInfo {
  /** Since the start of the process; `received` = `stored` + `duplicate` + `quarantined`. The journal's tally keeps the totals. */
  counts: Counts
  /** Messages that wait for their commit. */
  pending: number
  /** Absent while devices are acknowledged at full speed. */
  backpressure?: Backpressure | undefined
  /** Number of registered devices. */
  devices: number
}

/** Takes messages from a gateway into the journal. */
export interface Acceptance {
  /**
   * Resolves when the whole content of the message is on disk, in the stream or in quarantine, or is a duplicate.
   * @throws AcceptanceBusyError, AcceptanceStoppedError or what the journal throws: then nothing was stored, and the
   *   message must not be acknowledged
   */
  accept: Accept
  /**
   * As `accept`, for a message that another process received: its commit keeps the position in the inbox, so that the
   * message is taken once. It is never rejected as too much.
   * @param received time of receipt, ms
   */
  acceptForwarded(message: InboundMessage, received: { at: number; position: InboxPosition }): Promise<void>
  /** Restore the registered devices and the deduplicator from the journal. To be awaited before `accept`. */
  start(): Promise<void>
  /** Commit what is pending and accept no more. While the journal accepts nothing, pending messages are rejected. */
  stop(): Promise<void>
  /** Registration of devices by an operator. */
  readonly registration: DeviceRegistration
  readonly quarantine: QuarantineRetry
  /** Return the newest value of each metric of a device since the beginning of the journal. */
  latestValues(device: string): ReadonlyMap<string, LatestValue>
  info(): AcceptanceInfo
}

const maxPendingBytes = 64 * 1024 * 1024

/** A device that uploads a bad backlog now and then is not slowed down. */
const rejectionBurstSeconds = 10

/** Delay of the rejection: a sender that is rejected at once would retry at once. */
const busyRejectDelayMs = 1_000

/** Approximate memory of a device that waits for its registration, bytes. */
const deviceOverheadBytes = 512

export const createAcceptance = (options: AcceptanceOptions): Acceptance => new JournalAcceptance(options)

/**
 * One commit is under way at a time, and what arrives meanwhile goes into the next one: a single message is
 * on disk after one flush, many share a flush. Validating in the order of the commits keeps the deduplicator
 * correct: of two copies in flight the second is validated when the first is on disk or in the same commit.
 */
class JournalAcceptance implements Acceptance {
  readonly #options: AcceptanceOptions
  readonly #devices: Map<string, Device>
  readonly #deduplicator: Deduplicator
  readonly #validator: MessageValidator
  readonly #retrier: QuarantineRetrier
  readonly #counts: Counts = {}
  readonly #stopping = new AbortController()
  readonly #appender: BackpressuredAppender
  readonly #latest = new LatestValues()
  readonly #throttle: RejectionThrottle
  readonly registration: DeviceRegistration
  readonly #clockGate: ClockGate
  #pending: PendingWork[] = []
  #pendingBytes = 0
  #committing: Promise<void> | undefined

  constructor(options: AcceptanceOptions) {
    this.#options = options
    const {
      journal,
      now,
      kinds,
      newId,
      registrationMode,
      devices = new Map(),
      limits = defaultIngestLimits,
    } = options
    this.#devices = devices
    this.#deduplicator = createDeduplicator(dedupeLimitsFor(limits.readingsPerPayload))
    // One listener for each acknowledgement that waits.
    setMaxListeners(0, this.#stopping.signal)
    const validatorOptions = {
      kinds,
      newId,
      registrationMode,
      devices,
      deduplicator: this.#deduplicator,
      limits,
      onQuarantined: options.onQuarantined,
    }
    this.#validator = new MessageValidator(validatorOptions)
    this.registration = createOperatorRegistration({
      devices,
      limits,
      now,
      maxCommitSize,
      rejectionOf: (device, at) => this.#validator.registrationRejection(device, at),
      enqueue: (request, count) => this.#enqueueRequest(request, count),
    })
    const decode = this.#decode.bind(this)
    this.#retrier = new QuarantineRetrier(validatorOptions, decode)
    const perSecond = limits.rejectedPerSecond
    const burst = rejectionBurstSeconds * perSecond
    this.#throttle = new RejectionThrottle({ perSecond, burst }, monotonicNow)
    const { signal } = this.#stopping
    this.#appender = new BackpressuredAppender({ journal, now: monotonicNow, signal })
    const { serverClock: clock, topics } = options
    this.#clockGate = new ClockGate({ clock, prefix: topics.prefix, limits, now, signal, decode })
  }

  readonly accept: Accept = (message) =>
    this.#pendingBytes > maxPendingBytes ? this.#rejectBusy() : this.#accept(message, this.#options.now())

  readonly acceptForwarded: Acceptance['acceptForwarded'] = (message, { at, position }) =>
    this.#accept(message, at, position)

  #accept(message: InboundMessage, receivedAt: number, inboxPosition?: InboxPosition): Promise<void> {
    return this.#enqueue<void>((resolve, reject) => {
      const received = { message, receivedAt, decoded: this.#decode(message, receivedAt) }
      this.#clockGate.messageArrived(message, received.decoded)
      const work = { ...received, ...sizeOf(received), resolve: () => resolve(), reject }
      return inboxPosition === undefined ? work : { ...work, inboxPosition }
    })
  }

  #decode(message: InboundMessage, receiptTime: number | null): DecodedMessage {
    const { topics, now, limits = defaultIngestLimits } = this.#options
    return decodeMessage(message, { prefix: topics.prefix, now: now(), limits, receiptTime })
  }

  readonly quarantine: QuarantineRetry = {
    retry: (quarantined) => this.#retry(quarantined),
    preview: (quarantined) => this.#retrier.preview(quarantined),
  }

  #retry(quarantined: QuarantinedForRetry): Promise<RetryOutcome> {
    if (this.#pendingBytes > maxPendingBytes) return this.#rejectBusy()
    return this.#enqueue<RetryOutcome>((resolve, reject) => {
      const retried = this.#retrier.decode(quarantined)
      const resolveRetry = (outcome: RetryOutcome = { is: 'unknown' }) => resolve(outcome)
      return { ...retried, ...sizeOf(retried), resolve: resolveRetry, reject }
    })
  }

  #enqueueRequest(request: RegistrationRequest | DeviceCommandRequest, devices: number): Promise<void> {
    if (this.#pendingBytes > maxPendingBytes) return this.#rejectBusy()
    return this.#enqueue<void>((resolve, reject) => {
      const bytes = devices * deviceOverheadBytes
      // The same object: the outcome of a command is read from it.
      return Object.assign(request, { size: devices, bytes, resolve: () => resolve(), reject })
    })
  }

  /** Add work to the next commit. @throws AcceptanceStoppedError, before the work is created */
  #enqueue<T>(
    create: (resolve: (value: T) => void, reject: (error: unknown) => void) => PendingWork,
  ): Promise<T> {
    if (this.#stopping.signal.aborted) return Promise.reject(new AcceptanceStoppedError('stopped'))
    return new Promise((resolve, reject) => {
      const work = create(resolve, reject)
      this.#pending.push(work)
      this.#pendingBytes += work.bytes
      this.#committing ??= this.#commitAll()
    })
  }

  async start(): Promise<void> {
    for (const [id, device] of await loadDevices(this.#options.journal)) this.#devices.set(id, device)
    for await (const { entries } of this.#options.journal.scan('telemetry', 0)) {
      this.#retrier.observe(entries)
      this.#clockGate.stored(entries)
      for (const entry of entries) {
        if (entry.type === 'reading') {
          this.#deduplicator.recordReading(entry.reading)
          this.#latest.add(entry.reading)
        } else if (entry.type === 'event') this.#deduplicator.recordEvent(entry)
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#committing
  }

  latestValues(device: string): ReadonlyMap<string, LatestValue> {
    return this.#latest.get(device)
  }

  info(): AcceptanceInfo {
    const doubt = this.#clockGate.doubt()
    return {
      counts: { ...this.#counts },
      pending: this.#pending.length,
      backpressure: doubt === undefined ? this.#appender.backpressure : { by: 'clock', detail: doubt.detail },
      devices: this.#devices.size,
    }
  }

  async #rejectBusy(): Promise<never> {
    const error = new AcceptanceBusyError(
      `${this.#pending.length} messages wait for the journal; retry later`,
    )
    await sleep(busyRejectDelayMs)
    throw error
  }

  async #commitAll(): Promise<void> {
    // Messages that arrive in this turn of the event loop share the first commit.
    await new Promise(setImmediate)
    while (this.#pending.length > 0) {
      await this.#clockGate.pass(this.#pending)
      await this.#commitWork(takeNextCommit(this.#pending))
    }
    this.#committing = undefined
  }

  async #commitWork(work: readonly PendingWork[]): Promise<void> {
    const draft = createCommitBatch()
    const outcomes = new Map<PendingWork, RetryOutcome>()
    const ended = [...work]
    try {
      if (this.#clockGate.doubt()) throw new AcceptanceStoppedError('stopped before the clock was set')
      await this.#validateAll(work, draft, outcomes)
      const facts = new Map<string, unknown>([
        ...toDeviceFacts(draft.devices.values()),
        ...inboxFactsOf(work),
      ])
      passFailpoint('acceptance.before_append')
      const outcome = await this.#appender.append(draft.entries, { tally: draft.counts, facts })
      if (outcome === 'given up') throw new AcceptanceStoppedError('stopped before the journal had space')
    } catch (error) {
      for (const device of draft.rememberedDevices) this.#validator.forget(device)
      ended.push(...takeForwardedAfter(work, this.#pending))
      for (const { reject } of ended) reject(error)
      return
    } finally {
      for (const { bytes } of ended) this.#pendingBytes -= bytes
    }
    passFailpoint('acceptance.after_append')
    this.#clockGate.stored(draft.entries)
    for (const [id, device] of draft.devices) this.#devices.set(id, device)
    for (const entry of draft.entries) if (entry.type === 'reading') this.#latest.add(entry.reading)
    this.#retrier.observe(draft.entries)
    addCounts(this.#counts, draft.counts)
    this.#measure(work)
    await acknowledgeInTurns(work, (each) => this.#acknowledge(each, draft, outcomes.get(each)))
  }

  /** Everything is on disk. A client whose messages are rejected too often waits nevertheless. */
  #acknowledge(work: PendingWork, draft: CommitBatch, outcome: RetryOutcome | undefined): void {
    const bytes = draft.rejectedBytes.get(work)
    const client = 'message' in work ? work.message.clientId : undefined
    const delayMs = bytes === undefined || client === undefined ? 0 : this.#throttle.delayMs(client, bytes)
    if (delayMs === 0) work.resolve(outcome)
    else void abortableSleep(delayMs, this.#stopping.signal).then(() => work.resolve(outcome))
  }

  async #validateAll(
    work: readonly PendingWork[],
    draft: CommitBatch,
    outcomes: Map<PendingWork, RetryOutcome>,
  ): Promise<void> {
    const turn = new EventLoopTurn()
    for (const each of work) {
      if (turn.isOver) await turn.next()
      if (isRetried(each)) outcomes.set(each, this.#retrier.retryInto(draft, this.#validator, each))
      else this.#validator.validate(draft, each)
    }
  }

  #measure(work: readonly PendingWork[]): void {
    const { measurements, now } = this.#options
    const committedAt = now()
    for (const each of work)
      if ('message' in each && !isRetried(each)) measurements?.messageCommitted(each.receivedAt, committedAt)
  }
}
