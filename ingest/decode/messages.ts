import { z } from 'zod'
import type { DecodeContext, Decoded } from './decoded.ts'
import { refusalOf, word } from './shape.ts'
import { checkTimestamp } from './timestamp.ts'

const stateShape = z.object({
  state: z.enum(['online', 'lost']),
  kind: word.optional(),
  model: word.exactOptional(),
  firmware: word.exactOptional(),
  owner: word.exactOptional(),
  site: word.exactOptional(),
  region: word.exactOptional(),
  inUseSince: z.number().exactOptional(),
})

const eventShape = z.object({ ts: z.number(), event: word, component: word.optional() })

const receiptShape = z.object({ status: z.enum(['delivered', 'read', 'snoozed', 'done']) })

/** A device that names its kind makes itself known; one that does not is only there or gone. */
export function announcementOf(input: unknown, id: string): Decoded {
  const parsed = stateShape.safeParse(input)
  if (!parsed.success) return { type: 'refused', refusal: refusalOf(parsed.error, input) }
  const { state, kind, ...says } = parsed.data
  if (state === 'lost' || kind === undefined) return { type: 'presence', device: id, state }
  return { type: 'announcement', device: { id, kind, ...says } }
}

export function eventOf(input: unknown, device: string, context: DecodeContext): Decoded {
  const parsed = eventShape.safeParse(input)
  if (!parsed.success) return { type: 'refused', refusal: refusalOf(parsed.error, input) }
  const { ts, event, component } = parsed.data
  const badTime = checkTimestamp(ts, context.now, context.limits)
  if (badTime !== undefined) return { type: 'refused', refusal: badTime }
  return { type: 'event', device, ts, event, ...(component === undefined ? {} : { component }) }
}

export function receiptOf(input: unknown, topic: { user: string; notice: string }): Decoded {
  const parsed = receiptShape.safeParse(input)
  if (!parsed.success) return { type: 'refused', refusal: refusalOf(parsed.error, input) }
  return { type: 'receipt', user: topic.user, notice: topic.notice, status: parsed.data.status }
}
