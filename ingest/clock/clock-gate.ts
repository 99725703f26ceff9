import type { TelemetryEntry } from '../../contract/entry.ts'
import { abortableSleep } from '../../lib/abortable-sleep.ts'
import type { PendingWork } from '../acceptance/pending-work.ts'
import type { DecodeContext, DecodedMessage } from '../decode/decoded-message.ts'
import type { InboundMessage } from '../gateway.ts'
import { isRetried } from '../quarantine/quarantine-retry.ts'
import { deviceTimeOf } from './device-time.ts'
import type { ClockDoubt, ServerClock } from './server-clock.ts'

export interface ClockGateOptions extends Pick<DecodeContext, 'prefix' | 'limits'> {
  /** Undefined: the clock is always believed. */
  clock: ServerClock | undefined
  /** ms since 1970 UTC. */
  now(): number
  /** Ends the waiting. */
  signal: AbortSignal
  decode(message: InboundMessage, receivedAt: number): DecodedMessage
}

/** The clock is looked at this often while it is in doubt, ms. */
const recheckMs = 250

/** Holds one acceptance back while the clock of this machine is in doubt, and tells the clock what arrives and is stored. */
export class ClockGate {
  readonly #options: ClockGateOptions
  /** Whether a pending message arrived, and was validated, while the clock was in doubt. */
  #isValidatedWrongly = false

  constructor(options: ClockGateOptions) {
    this.#options = options
  }

  doubt(): ClockDoubt | undefined {
    return this.#options.clock?.doubt()
  }

  messageArrived(message: InboundMessage, decoded: DecodedMessage): void {
    const { clock, now, prefix, limits } = this.#options
    if (clock === undefined) return
    if (clock.wantsTime && decoded.type === 'readings') {
      const ts = deviceTimeOf(message, decoded, { prefix, limits, now: now() })
      if (ts !== undefined) clock.observe(decoded.device, ts)
    }
    this.#isValidatedWrongly ||= clock.doubt() !== undefined
  }

  /** Take into account entries of the journal, in their order: at the start, and after each commit. */
  stored(entries: readonly TelemetryEntry[]): void {
    const { clock } = this.#options
    const last = entries.at(-1)
    if (last === undefined || clock === undefined) return
    const reading = entries.findLast((entry) => entry.type === 'reading')
    if (reading !== undefined && reading.reading.tsFrom === undefined)
      clock.addReading(reading.receivedAt, reading.reading.ts)
    clock.addEntry('receivedAt' in last ? last.receivedAt : last.at)
  }

  /**
   * Wait while the clock is in doubt, or until the signal aborts. What was pending meanwhile was validated by a wrong clock, and
   * is validated again by the present time. A retried message is not: it remains in quarantine if its time was rejected.
   */
  async pass(pending: readonly PendingWork[]): Promise<void> {
    if (!this.#isValidatedWrongly && this.doubt() === undefined) return
    const { signal, now, decode } = this.#options
    while (this.doubt() !== undefined) {
      if (signal.aborted) return
      await abortableSleep(recheckMs, signal)
    }
    this.#isValidatedWrongly = false
    for (const work of pending.filter((one) => !isRetried(one))) {
      work.receivedAt = now()
      if ('message' in work) work.decoded = decode(work.message, work.receivedAt)
    }
  }
}
