import type { Rate } from '../../../lib/token-bucket.ts'
import { type AnyChannel, ChannelError, type Delivery } from '../channel.ts'
import {
  admit,
  afterFailure,
  afterSuccess,
  type Circuit,
  type CircuitLimits,
  closedCircuit,
} from './circuit.ts'
import { deadline } from './deadline.ts'
import { Pace } from './pace.ts'

export interface GuardOptions {
  now(): number
  /** Deliveries a second, and at once after a pause; without it as many as there are. */
  rate?: Rate
}

/** How a channel fares. */
export interface ChannelStatus {
  name: string
  circuit: Circuit['is']
  /** In a row, up to now. */
  failures: number
  /** Of the last failure, in words; absent while all goes well. */
  lastError?: string
}

export type GuardedChannel = AnyChannel & { status(): ChannelStatus }

/** Five failures in a row are no accident; a minute later one notice finds out whether it is over. */
export const circuitLimits: CircuitLimits = { failures: 5, openMs: 60_000 }

/** No channel is waited for longer than this, ms. */
export const patienceMs = 30_000

/**
 * A channel that is not asked more often than it may be, nor while it is known to be out of order. What it is kept from
 * comes back as `held`, and waits in the ledger. Each process has guards of its own.
 */
export function guarded(channel: AnyChannel, options: GuardOptions): GuardedChannel {
  const guard = new Guard(channel.name, options)
  const status = () => guard.status()
  if (channel.address === undefined) {
    return { name: channel.name, status, deliver: (notice) => guard.pass(() => channel.deliver(notice)) }
  }
  const { name, address } = channel
  return { name, address, status, deliver: (notice, to) => guard.pass(() => channel.deliver(notice, to)) }
}

class Guard {
  readonly #name: string
  readonly #now: () => number
  readonly #pace: Pace | undefined
  #circuit = closedCircuit
  #lastError: string | undefined

  constructor(name: string, { now, rate }: GuardOptions) {
    this.#name = name
    this.#now = now
    this.#pace = rate && new Pace(rate, now())
  }

  status(): ChannelStatus {
    const { is: circuit, failures } = this.#circuit
    const lastError = failures > 0 && this.#lastError !== undefined && { lastError: this.#lastError }
    return { name: this.#name, circuit, failures, ...lastError }
  }

  async pass(deliver: () => Promise<Delivery>): Promise<Delivery> {
    const held = this.#hold()
    if (held !== undefined) return held
    try {
      const delivery = await deadline(patienceMs, deliver(), () => this.#silence())
      this.#circuit = afterSuccess()
      return delivery
    } catch (error) {
      this.#circuit = afterFailure(this.#circuit, circuitLimits, this.#now())
      this.#lastError = String(error)
      throw error
    }
  }

  /** The circuit first: a place is not to be spent on a channel that is not asked. */
  #hold(): Delivery | undefined {
    const now = this.#now()
    const admission = admit(this.#circuit, circuitLimits, now)
    if (admission.is === 'held') return { outcome: 'held', by: 'circuit', until: admission.until }
    const place = this.#pace?.take(now) ?? { is: 'taken' }
    if (place.is === 'reserved') return { outcome: 'held', by: 'pace', until: place.at }
    if (place.is === 'full') return { outcome: 'held', by: 'backlog', until: place.at }
    this.#circuit = admission.circuit
    return undefined
  }

  #silence(): ChannelError {
    return new ChannelError(`${this.#name} did not answer within ${patienceMs / 1_000} s`, { isAway: true })
  }
}
