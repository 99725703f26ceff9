import { createHash } from 'node:crypto'
import webpush from 'web-push'
import { z } from 'zod'

import { BlockedHostError, type EgressPolicy } from '../../egress/egress-policy.ts'
import { type HttpPostResponse, httpPost } from '../../egress/http-post.ts'
import { parseRetryAfterMs } from '../../egress/retry-after.ts'
import { type Notice, noticeTtlMs } from '../../notice.ts'
import { ChannelError, type ContactChannel, type DeliveryResult, defineContactChannel } from '../channel.ts'

/** Push services accept 4,096 bytes (RFC 8030), of which encryption (RFC 8291) needs 103. */
const maxPayloadBytes = 4_096 - 103

/** Return the JSON for the service worker, with the body shortened so that it fits. */
function toPayload({ id, device, severity, title, body, actions, at }: Notice): string {
  // In the format of `showNotification`.
  const buttons = actions.map(({ action, label }) => ({ action, title: label }))
  const toJson = (text: string) =>
    JSON.stringify({ id, device, severity, title, body: text, actions: buttons, at })
  const characters = [...body]
  let payload = toJson(body)
  while (Buffer.byteLength(payload) > maxPayloadBytes && characters.length > 0) {
    const excessBytes = Buffer.byteLength(payload) - maxPayloadBytes
    // A character has at most six bytes in JSON, so at least this many have to be removed.
    characters.splice(-Math.max(1, Math.floor(excessBytes / 6)))
    payload = toJson(`${characters.join('')}…`)
  }
  return payload
}

export interface WebPushOptions {
  /** VAPID keys (RFC 8292), base64url. `subject` is the operator's contact for push services: `mailto:…` or `https://…`. */
  vapid: { subject: string; publicKey: string; privateKey: string }
  egress: EgressPolicy
  now(): number
}

const base64url = (bytes: number) =>
  z.string().refine((text) => /^[\w-]+=*$/.test(text) && Buffer.from(text, 'base64url').length === bytes)

/** Result of `PushSubscription.toJSON()` in a browser. */
export const webPushAddress = z.object({
  endpoint: z.url({ protocol: /^https$/ }).max(2_048),
  keys: z.object({ p256dh: base64url(65), auth: base64url(16) }),
})

const timeoutMs = 20_000
const defaultRetryAfterMs = 60_000

/** Create the channel that sends encrypted notices to the push service of a browser. */
export function webPushChannel({ vapid, egress, now }: WebPushOptions): ContactChannel {
  return defineContactChannel({
    name: 'webpush',
    address: webPushAddress,
    endpoint: ({ endpoint }) => new URL(endpoint).host,
    async deliver(notice, subscription): Promise<DeliveryResult> {
      const { headers, body } = webpush.generateRequestDetails(subscription, toPayload(notice), {
        vapidDetails: vapid,
        TTL: noticeTtlMs / 1_000,
        urgency: notice.urgent ? 'high' : 'normal',
        topic: pushTopic(notice),
        contentEncoding: 'aes128gcm',
      })
      const url = subscription.endpoint
      try {
        return classifyResponse(
          await httpPost({ url, headers: toStringHeaders(headers), body, timeoutMs }, egress),
          now(),
        )
      } catch (error) {
        if (error instanceof BlockedHostError) return { outcome: 'rejected', reason: error.message }
        throw error
      }
    },
  })
}

/** Return the topic, at most 32 characters of base64url (RFC 8030). It replaces a waiting message with the same topic. */
function pushTopic({ id }: Notice): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 32)
}

function toStringHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function classifyResponse({ status, headers, bodyExcerpt }: HttpPostResponse, now: number): DeliveryResult {
  const reason = `${status} ${bodyExcerpt}`.trim()
  if (status >= 200 && status < 300) return { outcome: 'accepted' }
  if (status === 404 || status === 410) return { outcome: 'gone', reason }
  if (status === 429) {
    return {
      outcome: 'deferred',
      retryAfterMs: parseRetryAfterMs(headers['retry-after'], { now, otherwise: defaultRetryAfterMs }),
      reason,
    }
  }
  // The subscription may have been created with other VAPID keys; other subscriptions are not affected.
  if (status === 401 || status === 403)
    return { outcome: 'deferred', reason: `the push service rejects the VAPID keys: ${reason}` }
  if (status >= 500) throw new ChannelError(`the push service fails: ${reason}`, { isUnavailable: true })
  return { outcome: 'rejected', reason }
}
