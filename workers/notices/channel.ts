import type { Notice } from './notice.ts'

/** What became of a notice on one channel. */
export type Delivery =
  /** Handed on; whether it arrives, a receipt will tell. */
  | { outcome: 'sent' }
  /** It is known to have arrived. */
  | { outcome: 'delivered' }
  /** It waits where the owner can fetch it. */
  | { outcome: 'kept' }
  /** Nobody would have got it now; it has to be sent again. */
  | { outcome: 'nobody_listening' }

/**
 * A way to an owner. Rejecting means that the channel itself is out of order: then the job is tried again soon, and
 * `deliver` is called again with the same notice.
 */
export interface Channel {
  readonly name: string
  deliver(notice: Notice): Promise<Delivery>
}
