import { z } from 'zod'
import type { DecodeContext, DecodedMessage } from './decoded-message.ts'
import { ownerId, region } from './field-schemas.ts'
import { parseInUseSince } from './parse-timestamp.ts'
import { shortText, toRejection } from './zod-rejection.ts'

/** Presence in any case; `offline` is what most last wills say. */
export const presenceSchema = z.preprocess(
  (word) => (typeof word === 'string' ? word.trim().toLowerCase() : word),
  z.enum(['online', 'lost', 'offline']).transform((word) => (word === 'online' ? word : 'lost')),
)

/** Encoders write null for a field without a value. */
function optional<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === null ? undefined : value), schema.optional())
}

const stateSchema = z.object({
  state: presenceSchema,
  kind: optional(shortText),
  model: optional(shortText),
  firmware: optional(shortText),
  /** Null or empty: the device has no owner any more. */
  owner: z.preprocess((owner) => (owner === '' ? null : owner), ownerId.nullable().optional()),
  site: optional(shortText),
  region: optional(region),
  inUseSince: z.unknown().optional(),
})

/** Decode a message on a state topic. One with a kind is an announcement; one without is presence only. */
export function decodeState(input: unknown, id: string, context: DecodeContext): DecodedMessage {
  const word = presenceSchema.safeParse(input)
  if (word.success) return { type: 'presence', device: id, state: word.data }
  const parsed = stateSchema.safeParse(input)
  if (!parsed.success) return { type: 'rejected', rejection: toRejection(parsed.error, input) }
  const { state, kind, owner, inUseSince, ...fields } = parsed.data
  if (state === 'lost' || kind === undefined) return { type: 'presence', device: id, state }
  const since = inUseSince == null ? undefined : parseInUseSince(inUseSince, context)
  if (since !== undefined && typeof since !== 'number') return { type: 'rejected', rejection: since }
  const given = { ...fields, owner: owner ?? undefined, inUseSince: since }
  const device = { id, kind, ...withoutUndefined(given) }
  return { type: 'announcement', device, ...(owner === null && { unassigned: true as const }) }
}

function withoutUndefined<T extends object>(fields: T) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
