import type { z } from 'zod'
import { emailAddress } from './email/channel.ts'
import { fcmAddress } from './fcm/channel.ts'
import { webhookAddress } from './webhook/channel.ts'
import { webPushAddress } from './webpush/channel.ts'

/** What an address is, of each channel that needs one. */
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
  /** Each with the place in the address, in words. */
  | { is: 'refused'; reasons: string[] }

/** Whether something is an address of a channel, before it is kept as a contact. */
export function parseAddress(channel: ContactChannelName, input: unknown): AddressParseResult {
  const schema: z.ZodType<Record<string, unknown>> = addressSchemas[channel]
  const parsed = schema.safeParse(input)
  if (parsed.success) return { is: 'address', address: parsed.data }
  const reasons = parsed.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  )
  return { is: 'refused', reasons }
}
