import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { ChannelError, type ContactChannel, contactChannel, type Delivery } from '../../channel.ts'
import { NotOutsideError, type Outside } from '../../outside/outside.ts'
import { type Answer, post } from '../../outside/post.ts'
import { retryAfterMs } from '../../outside/retry-after.ts'

export interface WebhookOptions {
  outside: Outside
  now(): number
}

/** `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has it. */
const secret = z.string().refine((text) => {
  const bytes = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(text)?.[1]
  if (bytes === undefined || bytes.length % 4 !== 0) return false
  const { length } = Buffer.from(bytes, 'base64')
  return length >= 24 && length <= 64
})

export const webhookAddress = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2_048),
  secret,
})

const timeoutMs = 15_000
const busyMs = 60_000

/** Posts a notice as JSON, signed as Standard Webhooks has it, with the notice's id as that of the message. */
export function webhookChannel({ outside, now }: WebhookOptions): ContactChannel {
  return contactChannel({
    name: 'webhook',
    address: webhookAddress,
    place: ({ url }) => new URL(url).host,
    async deliver(notice, { url, secret }): Promise<Delivery> {
      const timestamp = new Date(now())
      const body = JSON.stringify({ type: 'notice', timestamp: timestamp.toISOString(), data: notice })
      const headers = {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': 'Forewarn',
        'webhook-id': notice.id,
        'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign(notice.id, timestamp, body),
      }
      try {
        return judge(await post({ url, headers, body, timeoutMs }, outside), now())
      } catch (error) {
        if (error instanceof NotOutsideError) return { outcome: 'refused', why: error.message }
        throw error
      }
    },
  })
}

/** Whatever is not 2xx is to be tried again, says the standard, except 410: nobody wants it any more. */
function judge({ status, headers, text }: Answer, now: number): Delivery {
  const why = `${status} ${text}`.trim()
  if (status >= 200 && status < 300) return { outcome: 'handed_over' }
  if (status === 410) return { outcome: 'gone', why }
  if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
    return {
      outcome: 'later',
      afterMs: retryAfterMs(headers['retry-after'], { now, otherwise: busyMs }),
      why,
    }
  }
  if (status >= 500) throw new ChannelError(`the receiver of the webhook fails: ${why}`, { isAway: true })
  return { outcome: 'later', why }
}
