import { decodeMessage } from '../decode/decode-message.ts'
import type { DecodeContext, DecodedMessage } from '../decode/decoded-message.ts'
import type { InboundMessage } from '../gateway.ts'

/**
 * Return the time at which it is now by the clock of the device: of its newest reading that was measured just now, ms since
 * 1970 UTC. Undefined for a message without one: a backlog, or readings without a time of their own. A reading that is
 * rejected because it is ahead of this machine has a time, too.
 */
export function deviceTimeOf(
  message: InboundMessage,
  decoded: DecodedMessage,
  context: DecodeContext,
): number | undefined {
  if (decoded.type !== 'readings' || message.retained === true) return undefined
  const isAhead = decoded.readings.some(
    (one) => one.type === 'rejected' && one.rejection.reason === 'ts_future',
  )
  return isAhead ? newestTime(decodeMessage(message, withoutUpperBound(context))) : newestTime(decoded)
}

function withoutUpperBound({ limits, ...context }: DecodeContext): DecodeContext {
  return { ...context, limits: { ...limits, maxClockAheadMs: Number.MAX_SAFE_INTEGER / 2 } }
}

function newestTime(decoded: DecodedMessage): number | undefined {
  if (decoded.type !== 'readings') return undefined
  const times = decoded.readings.flatMap((one) =>
    one.type === 'reading' && one.reading.hist !== true && one.reading.tsFrom === undefined
      ? [one.reading.ts]
      : [],
  )
  return times.length === 0 ? undefined : Math.max(...times)
}
