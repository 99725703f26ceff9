import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { BlockedHostError, type EgressPolicy } from '../../egress/egress-policy.ts'
import { type HttpPostResponse, httpPost } from '../../egress/http-post.ts'
import { parseRetryAfterMs } from '../../egress/retry-after.ts'
import { ChannelError, type ContactChannel, type DeliveryResult, defineContactChannel } from '../channel.ts'

export interface WebhookOptions {
  egress: EgressPolicy
  now(): number
}

/** `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks). */
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
const defaultRetryAfterMs = 60_000

/** Create the channel that posts notices as JSON, signed by Standard Webhooks, with the notice's id as message id. */
export function webhookChannel({ egress, now }: WebhookOptions): ContactChannel {
  return defineContactChannel({
    name: 'webhook',
    address: webhookAddress,
    endpoint: ({ url }) => new URL(url).host,
    async deliver(notice, { url, secret }): Promise<DeliveryResult> {
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
        return classifyResponse(await httpPost({ url, headers, body, timeoutMs }, egress), now())
      } catch (error) {
        if (error instanceof BlockedHostError) return { outcome: 'rejected', reason: error.message }
        throw error
      }
    },
  })
}

/** Classify a response by Standard Webhooks: every status but 2xx and 410 (gone) is retried. */
function classifyResponse({ status, headers, bodyExcerpt }: HttpPostResponse, now: number): DeliveryResult {
  const reason = `${status} ${bodyExcerpt}`.trim()
  if (status >= 200 && status < 300) return { outcome: 'accepted' }
  if (status === 410) return { outcome: 'gone', reason }
  if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
    return {
      outcome: 'deferred',
      retryAfterMs: parseRetryAfterMs(headers['retry-after'], { now, otherwise: defaultRetryAfterMs }),
      reason,
    }
  }
  if (status >= 500) throw new ChannelError(`the webhook receiver fails: ${reason}`, { isUnavailable: true })
  return { outcome: 'deferred', reason }
}
