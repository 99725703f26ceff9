import type { z } from 'zod'
import type { Notice } from '../notice.ts'

/** What became of a notice on one channel. */
export type DeliveryResult =
  /** Handed on; whether it arrives, a receipt will tell, and without one it is sent again. */
  | { outcome: 'sent' }
  /** The other side has taken it over and answers for it; it is not sent again. */
  | { outcome: 'handed_over' }
  /** It is known to have arrived. */
  | { outcome: 'delivered' }
  /** It waits where the owner can fetch it. */
  | { outcome: 'kept' }
  /** Nobody would have got it now; it has to be sent again. */
  | { outcome: 'nobody_listening' }
  /** This address does not take it now. Where nobody says when it will, the pauses become longer and longer. */
  | { outcome: 'later'; afterMs?: number; why: string }
  /** Nobody is at this address any more: it is not tried again, by no notice. */
  | { outcome: 'gone'; why: string }
  /** This notice will never be taken at this address; another one may be. */
  | { outcome: 'refused'; why: string }
  /** The channel was not asked, see `guard/`. `pace`: there is a place for it at that very time, ms since 1970. */
  | { outcome: 'held'; until: number; by: 'pace' | 'backlog' | 'circuit' }

/**
 * A way to an owner. Rejecting means that the channel itself is out of order: then the job is tried again soon, and
 * `deliver` is called again with the same notice.
 */
export interface Channel {
  readonly name: string
  readonly address?: never
  deliver(notice: Notice): Promise<DeliveryResult>
}

/**
 * A channel that needs to know where: it is called for each contact that its user has on it. Rejecting means that the other
 * side is out of order for everybody at the same `place`.
 */
export interface ContactChannel {
  readonly name: string
  /** Of an address: who serves it. Absent where one serves all. */
  endpoint?(address: unknown): string
  /** What an address has to be. */
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

/** A channel to contacts, whose `deliver` sees only addresses that are as they must be. */
export function defineContactChannel<A extends z.ZodType>(
  parts: ContactChannelDefinition<A>,
): ContactChannel {
  const { name, address } = parts
  const place = (given: unknown) => {
    const parsed = address.safeParse(given)
    return parsed.success ? (parts.endpoint?.(parsed.data) ?? '') : ''
  }
  return {
    name,
    address,
    endpoint: place,
    async deliver(notice, given) {
      const parsed = address.safeParse(given)
      if (parsed.success) return parts.deliver(notice, parsed.data)
      return { outcome: 'refused', why: `the address is not one of ${name}: ${parsed.error.message}` }
    },
  }
}

/** What a channel rejects with, in words. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError'
  /** Nobody answers, or not yet: time mends that. Else somebody has to. */
  readonly isUnavailable: boolean

  constructor(message: string, { isUnavailable, cause }: { isUnavailable: boolean; cause?: unknown }) {
    super(message, { cause })
    this.isUnavailable = isUnavailable
  }
}
