import { race } from '../../../lib/race.ts'
import { type RateLimit, TokenBucket } from '../../../lib/token-bucket.ts'
import {
  type AnyChannel,
  ChannelError,
  type ContactChannel,
  type DeliveryResult,
} from '../../channels/channel.ts'
import {
  admit,
  type CircuitBreakerLimits,
  type CircuitState,
  closedCircuit,
  recordFailure,
} from './circuit-breaker.ts'

export type RateSlot =
  | { is: 'taken' }
  /** Slot at that time; slots are in the order of calls. */
  | { is: 'reserved'; at: number }
  /** The queue of reservations is full; try again then. */
  | { is: 'full'; at: number }

/** Maximum time ahead of a reserved slot, ms: a job should not wait for longer. */
const maxReservationMs = 5 * 60_000

/** Token bucket with a queue of reserved slots, so that waiting calls return one after the other and not all at once. */
export class ReservingRateLimiter {
  readonly #bucket: TokenBucket
  readonly #slotIntervalMs: number
  #lastSlot = Number.NEGATIVE_INFINITY

  /** @param now ms, on the same clock as in the other calls */
  constructor(rate: RateLimit, now: number) {
    this.#bucket = new TokenBucket(rate, now)
    this.#slotIntervalMs = 1_000 / rate.perSecond
  }

  /** Take a token now, or reserve a slot at which `acquire` is to be called again. */
  acquire(now: number): RateSlot {
    if (this.#bucket.tryTake(now) === 'taken') return { is: 'taken' }
    const at = Math.max(now + this.#bucket.msUntilNext(now), this.#lastSlot + this.#slotIntervalMs)
    if (at > now + maxReservationMs) return { is: 'full', at: now + maxReservationMs }
    this.#lastSlot = at
    return { is: 'reserved', at: Math.floor(at) + 1 }
  }
}

/** A circuit breaker opened after failures in a row, or closed after a success. */
export interface CircuitChange {
  channel: string
  /** Server of the contact; empty for a channel that has only one. */
  endpoint: string
  to: 'open' | 'closed'
  /** Last error, where it opened. */
  error?: unknown
}

export interface ChannelGuardOptions {
  /** ms since 1970 UTC: for the times at which to try again. */
  now(): number
  /** ms, by a monotonic clock: for rates and durations. Default: `now`. */
  monotonicNow?: () => number
  /** Called when a circuit breaker opens from closed, and when it closes again. */
  onCircuitChange?(change: CircuitChange): void
  /** Deliveries a second, and burst after a pause. Default: unlimited. */
  rate?: RateLimit
}

/** Health of a channel. */
export interface ChannelStatus {
  name: string
  /** Number of endpoints that are not called because they fail. A channel with one server has one endpoint. */
  openCircuits: number
  /** Message of the last failure; absent while no endpoint fails. */
  lastError?: string
}

export type GuardedChannel = AnyChannel & { status(): ChannelStatus }

/** Five failures in a row are unlikely to be chance; one notice a minute later is the probe. */
export const circuitBreakerLimits: CircuitBreakerLimits = {
  maxFailures: 5,
  openDurationMs: 60_000,
  probeRecheckMs: 1_000,
}

/** Timeout of one delivery, ms. */
export const deliveryTimeoutMs = 30_000

/** Maximum number of failing endpoints that are tracked; beyond it the one with the oldest failure is dropped. */
const maxTrackedEndpoints = 1_000

/**
 * Wrap a channel with a rate limit, a circuit breaker for each endpoint and a timeout. A delivery that the guard does not
 * admit returns `not_attempted` and waits in the ledger. Each process has guards of its own.
 */
export function withGuard(channel: AnyChannel, options: ChannelGuardOptions): GuardedChannel {
  const guard = new ChannelGuard(channel.name, options)
  const status = () => guard.status()
  if (channel.address === undefined) {
    return { name: channel.name, status, deliver: (notice) => guard.pass('', () => channel.deliver(notice)) }
  }
  const { name, address } = channel
  const deliver: ContactChannel['deliver'] = (notice, to) =>
    guard.pass(channel.endpoint?.(to) ?? '', () => channel.deliver(notice, to))
  return { name, address, status, deliver }
}

class ChannelGuard {
  readonly #name: string
  readonly #now: () => number
  readonly #monotonicNow: () => number
  readonly #onCircuitChange: ChannelGuardOptions['onCircuitChange']
  readonly #rateLimiter: ReservingRateLimiter | undefined
  /** By endpoint that has failed, the latest failure last. */
  readonly #circuits = new Map<string, { circuit: CircuitState; lastError: string }>()

  constructor(name: string, { now, monotonicNow = now, rate, onCircuitChange }: ChannelGuardOptions) {
    this.#name = name
    this.#onCircuitChange = onCircuitChange
    this.#now = now
    this.#monotonicNow = monotonicNow
    this.#rateLimiter = rate && new ReservingRateLimiter(rate, monotonicNow())
  }

  status(): ChannelStatus {
    const failing = [...this.#circuits.values()]
    const last = failing.at(-1)
    const open = failing.filter(({ circuit }) => circuit.is !== 'closed').length
    return { name: this.#name, openCircuits: open, ...(last && { lastError: last.lastError }) }
  }

  async pass(endpoint: string, deliver: () => Promise<DeliveryResult>): Promise<DeliveryResult> {
    const rejection = this.#admit(endpoint)
    if (rejection !== undefined) return rejection
    try {
      const delivery = await withDeadline(deliveryTimeoutMs, deliver(), () => this.#timeoutError())
      // Whenever the call began: the endpoint works.
      this.#recordSuccess(endpoint)
      return delivery
    } catch (error) {
      this.#recordFailure(endpoint, error)
      throw error
    }
  }

  /** Check the circuit before the rate limit: a call that is not made must not use up a token. */
  #admit(endpoint: string): DeliveryResult | undefined {
    const now = this.#monotonicNow()
    const retryAt = (at: number) => Math.ceil(this.#now() + (at - now))
    const known = this.#circuits.get(endpoint)
    const admission = admit(known?.circuit ?? closedCircuit, circuitBreakerLimits, now)
    if (admission.is === 'rejected')
      return { outcome: 'not_attempted', by: 'open_circuit', retryAt: retryAt(admission.retryAt) }
    const slot = this.#rateLimiter?.acquire(now) ?? { is: 'taken' }
    if (slot.is === 'reserved')
      return { outcome: 'not_attempted', by: 'rate_limit', retryAt: retryAt(slot.at) }
    if (slot.is === 'full')
      return { outcome: 'not_attempted', by: 'rate_limit_queue_full', retryAt: retryAt(slot.at) }
    if (known !== undefined) known.circuit = admission.circuit
    return undefined
  }

  #recordSuccess(endpoint: string): void {
    const wasClosed = (this.#circuits.get(endpoint)?.circuit ?? closedCircuit).is === 'closed'
    this.#circuits.delete(endpoint)
    if (!wasClosed) this.#onCircuitChange?.({ channel: this.#name, endpoint, to: 'closed' })
  }

  #recordFailure(endpoint: string, error: unknown): void {
    const before = this.#circuits.get(endpoint)?.circuit ?? closedCircuit
    const circuit = recordFailure(before, circuitBreakerLimits, this.#monotonicNow())
    this.#circuits.delete(endpoint)
    this.#circuits.set(endpoint, { circuit, lastError: String(error) })
    if (before.is === 'closed' && circuit.is === 'open')
      this.#onCircuitChange?.({ channel: this.#name, endpoint, to: 'open', error })
    const [oldest] = this.#circuits.keys()
    if (this.#circuits.size > maxTrackedEndpoints && oldest !== undefined) this.#circuits.delete(oldest)
  }

  #timeoutError(): ChannelError {
    return new ChannelError(`${this.#name} did not answer within ${deliveryTimeoutMs / 1_000} s`, {
      isUnavailable: true,
    })
  }
}

/**
 * Return the result of a promise, if it settles within the timeout. A later result or error is dropped.
 * @throws the error that `onTimeout` returns, after the timeout
 */
export async function withDeadline<T>(
  timeoutMs: number,
  promise: Promise<T>,
  onTimeout: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(onTimeout()), timeoutMs)
  })
  try {
    return await race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
