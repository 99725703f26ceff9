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
  /** There is a place at that time, in the order of asking. */
  | { is: 'reserved'; at: number }
  /** Too many wait already; ask again then. */
  | { is: 'full'; at: number }

/** How far ahead places are given, ms. Who would wait for longer is not to hold up a job. */
const maxReservationMs = 5 * 60_000

/** A token bucket with a queue before it, so that those who wait come back one after the other and not all at once. */
export class ReservingRateLimiter {
  readonly #bucket: TokenBucket
  readonly #apartMs: number
  #lastPlace = Number.NEGATIVE_INFINITY

  /** @param now ms, by the clock that the other calls use */
  constructor(rate: RateLimit, now: number) {
    this.#bucket = new TokenBucket(rate, now)
    this.#apartMs = 1_000 / rate.perSecond
  }

  /** Takes a place now, or gives one for later, at which `take` is to be called again. */
  acquire(now: number): RateSlot {
    if (this.#bucket.tryTake(now) === 'taken') return { is: 'taken' }
    const at = Math.max(now + this.#bucket.msUntilNext(now), this.#lastPlace + this.#apartMs)
    if (at > now + maxReservationMs) return { is: 'full', at: now + maxReservationMs }
    this.#lastPlace = at
    return { is: 'reserved', at: Math.floor(at) + 1 }
  }
}

export interface ChannelGuardOptions {
  now(): number
  /** Deliveries a second, and at once after a pause; without it as many as there are. */
  rate?: RateLimit
}

/** How a channel fares. */
export interface ChannelStatus {
  name: string
  /** Places that are left alone as out of order; a channel that one server serves has but one. */
  openCircuits: number
  /** Of the last failure, in words; absent while all goes well. */
  lastError?: string
}

export type GuardedChannel = AnyChannel & { status(): ChannelStatus }

/** Five failures in a row are no accident; a minute later one notice finds out whether it is over. */
export const circuitBreakerLimits: CircuitBreakerLimits = {
  maxFailures: 5,
  openDurationMs: 60_000,
  probeRecheckMs: 1_000,
}

/** No channel is waited for longer than this, ms. */
export const deliveryTimeoutMs = 30_000

/** Places of which more is remembered than that all is well; beyond that those go whose last failure is the oldest. */
const maxTrackedEndpoints = 1_000

/**
 * A channel that is not asked more often than it may be, nor at a place that is known to be out of order. What it is kept
 * from comes back as `held`, and waits in the ledger. Each process has guards of its own.
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
  readonly #pace: ReservingRateLimiter | undefined
  /** Of places where something failed, the latest at the end. */
  readonly #circuits = new Map<string, { circuit: CircuitState; lastError: string }>()

  constructor(name: string, { now, rate }: ChannelGuardOptions) {
    this.#name = name
    this.#now = now
    this.#pace = rate && new ReservingRateLimiter(rate, now())
  }

  status(): ChannelStatus {
    const failing = [...this.#circuits.values()]
    const last = failing.at(-1)
    const open = failing.filter(({ circuit }) => circuit.is !== 'closed').length
    return { name: this.#name, openCircuits: open, ...(last && { lastError: last.lastError }) }
  }

  async pass(place: string, deliver: () => Promise<DeliveryResult>): Promise<DeliveryResult> {
    const held = this.#hold(place)
    if (held !== undefined) return held
    try {
      const delivery = await withDeadline(deliveryTimeoutMs, deliver(), () => this.#silence())
      // Whenever it began: the other side is there.
      this.#circuits.delete(place)
      return delivery
    } catch (error) {
      this.#noteFailure(place, String(error))
      throw error
    }
  }

  /** The circuit first: a token is not to be spent where nobody is asked. */
  #hold(place: string): DeliveryResult | undefined {
    const now = this.#now()
    const known = this.#circuits.get(place)
    const admission = admit(known?.circuit ?? closedCircuit, circuitBreakerLimits, now)
    if (admission.is === 'held') return { outcome: 'held', by: 'circuit', until: admission.until }
    const turn = this.#pace?.acquire(now) ?? { is: 'taken' }
    if (turn.is === 'reserved') return { outcome: 'held', by: 'pace', until: turn.at }
    if (turn.is === 'full') return { outcome: 'held', by: 'backlog', until: turn.at }
    if (known !== undefined) known.circuit = admission.circuit
    return undefined
  }

  #noteFailure(place: string, lastError: string): void {
    const before = this.#circuits.get(place)?.circuit ?? closedCircuit
    const circuit = recordFailure(before, circuitBreakerLimits, this.#now())
    this.#circuits.delete(place)
    this.#circuits.set(place, { circuit, lastError })
    const [oldest] = this.#circuits.keys()
    if (this.#circuits.size > maxTrackedEndpoints && oldest !== undefined) this.#circuits.delete(oldest)
  }

  #silence(): ChannelError {
    return new ChannelError(`${this.#name} did not answer within ${deliveryTimeoutMs / 1_000} s`, {
      isUnavailable: true,
    })
  }
}

/**
 * The result of something, if it comes within `ms`. What it does afterwards is not heard of any more.
 * @throws what `late` makes, when it does not come
 */
export async function withDeadline<T>(
  timeoutMs: number,
  promise: Promise<T>,
  onTimeout: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(onTimeout()), timeoutMs)
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
  }
}
