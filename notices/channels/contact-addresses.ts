import type { z } from 'zod'
import type { AnyChannel } from './channel.ts'
import { emailAddress } from './email/channel.ts'
import { fcmAddress } from './fcm/channel.ts'
import { webhookAddress } from './webhook/channel.ts'
import { webPushAddress } from './webpush/channel.ts'

/** Schema of an address, by the name of its channel. */
export type AddressSchemas = Readonly<Record<string, z.ZodType>>

/** Of the shipped channels that need an address. */
export const addressSchemas = {
  email: emailAddress,
  webpush: webPushAddress,
  webhook: webhookAddress,
  fcm: fcmAddress,
} as const satisfies AddressSchemas

export const contactChannelNames: readonly string[] = Object.keys(addressSchemas)

/** Return the schemas of the shipped channels, set up or not, and of those among the given ones that plugins add. */
export function addressSchemasOf(channels: readonly AnyChannel[]): AddressSchemas {
  const added = channels.flatMap(({ name, address }) => (address === undefined ? [] : [[name, address]]))
  return { ...Object.fromEntries(added), ...addressSchemas }
}

export type AddressParseResult =
  | { is: 'address'; address: unknown }
  /** Each with the path within the address. */
  | { is: 'invalid'; reasons: string[] }

/** Validate an address of a channel before it is stored as a contact. */
export function parseAddress(
  channel: string,
  input: unknown,
  schemas: AddressSchemas = addressSchemas,
): AddressParseResult {
  const schema = schemas[channel]
  if (schema === undefined) return { is: 'invalid', reasons: [`there is no channel "${channel}"`] }
  const parsed = schema.safeParse(input)
  if (parsed.success) return { is: 'address', address: parsed.data }
  const reasons = parsed.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  )
  return { is: 'invalid', reasons }
}
