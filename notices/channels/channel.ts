import type { z } from 'zod'
import { ExpectedError } from '../../lib/expected-error.ts'
import type { Notice } from '../notice.ts'

/** Result of one delivery on one channel. */
export type DeliveryResult =
  /** Published. A receipt confirms the arrival; without one the notice is sent again. */
  | { outcome: 'sent' }
  /** The mail server, push service or webhook has accepted it and is responsible now; it is not sent again. */
  | { outcome: 'accepted' }
  /** Known to have arrived. */
  | { outcome: 'delivered' }
  /** Stored where the owner can fetch it. */
  | { outcome: 'stored' }
  /** No phone of the user is subscribed; the notice has to be sent again. */
  | { outcome: 'no_subscribers' }
  /** Not accepted now. Without `retryAfterMs` the resend schedule applies. */
  | { outcome: 'deferred'; retryAfterMs?: number; reason: string }
  /** The address no longer exists: the contact is deactivated for all notices. */
  | { outcome: 'gone'; reason: string }
  /** This notice will never be accepted at this address; another one may be. */
  | { outcome: 'rejected'; reason: string }
  /** The guard did not call the channel. `rate_limit`: a slot is reserved at `retryAt`, ms since 1970 UTC. */
  | { outcome: 'not_attempted'; retryAt: number; by: 'rate_limit' | 'rate_limit_queue_full' | 'open_circuit' }

/**
 * Channel that needs no contact. `deliver` rejects when the channel itself fails; the job is then retried, and `deliver` is
 * called again with the same notice.
 */
export interface Channel {
  readonly name: string
  readonly address?: never
  deliver(notice: Notice): Promise<DeliveryResult>
}

/**
 * Channel that delivers to each contact that the user has on it. `deliver` rejects when the server at the address's
 * `endpoint` fails for all its users.
 */
export interface ContactChannel {
  readonly name: string
  /** Return the server of an address. Absent where one server handles all addresses. */
  endpoint?(address: unknown): string
  /** Schema of an address. */
  readonly address: z.ZodType
  deliver(notice: Notice, address: unknown): Promise<DeliveryResult>
}

export type AnyChannel = Channel | ContactChannel

interface ContactChannelDefinition<A extends z.ZodType> {
  name: string
  address: A
  endpoint?(address: z.output<A>): string
  deliver(notice: Notice, address: z.output<A>): Promise<DeliveryResult>
}

/** Create a contact channel whose `deliver` is called with valid addresses only. */
export function defineContactChannel<A extends z.ZodType>(
  definition: ContactChannelDefinition<A>,
): ContactChannel {
  const { name, address } = definition
  const endpoint = (given: unknown) => {
    const parsed = address.safeParse(given)
    return parsed.success ? (definition.endpoint?.(parsed.data) ?? '') : ''
  }
  return {
    name,
    address,
    endpoint,
    async deliver(notice, given) {
      const parsed = address.safeParse(given)
      if (parsed.success) return definition.deliver(notice, parsed.data)
      return { outcome: 'rejected', reason: `the address is not one of ${name}: ${parsed.error.message}` }
    },
  }
}

/** Failure of a channel, as opposed to one of its addresses. */
export class ChannelError extends ExpectedError {
  override readonly name = 'ChannelError'
  /** True for outages, which pass; false where an operator has to fix a setting. */
  readonly isUnavailable: boolean

  constructor(message: string, { isUnavailable, cause }: { isUnavailable: boolean; cause?: unknown }) {
    super(message, { cause })
    this.isUnavailable = isUnavailable
  }
}
