import type { z } from 'zod'
import { emailAddress } from './email/channel.ts'
import { fcmAddress } from './fcm/channel.ts'
import { webhookAddress } from './webhook/channel.ts'
import { webPushAddress } from './webpush/channel.ts'

/** Address schema of each channel that needs contacts. */
export const addressSchemas = {
  email: emailAddress,
  webpush: webPushAddress,
  webhook: webhookAddress,
  fcm: fcmAddress,
} as const

export type ContactChannelName = keyof typeof addressSchemas

export const contactChannelNames = Object.keys(addressSchemas) as readonly ContactChannelName[]

export type AddressParseResult =
  | { is: 'address'; address: Record<string, unknown> }
  /** Each with the path within the address. */
  | { is: 'invalid'; reasons: string[] }

/** Validate an address of a channel before it is stored as a contact. */
export function parseAddress(channel: ContactChannelName, input: unknown): AddressParseResult {
  const schema: z.ZodType<Record<string, unknown>> = addressSchemas[channel]
  const parsed = schema.safeParse(input)
  if (parsed.success) return { is: 'address', address: parsed.data }
  const reasons = parsed.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  )
  return { is: 'invalid', reasons }
}
