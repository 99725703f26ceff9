import { createHash } from 'node:crypto'
import webpush from 'web-push'
import { z } from 'zod'
import { noticeTtlMs } from '../../deliver/resend-schedule.ts'
import { BlockedHostError, type EgressPolicy } from '../../egress/egress-policy.ts'
import { type HttpPostResponse, httpPost } from '../../egress/http-post.ts'
import { parseRetryAfterMs } from '../../egress/retry-after.ts'
import type { Notice } from '../../notice.ts'
import { ChannelError, type ContactChannel, type DeliveryResult, defineContactChannel } from '../channel.ts'

/** Push services take 4,096 bytes (RFC 8030), of which encryption (RFC 8291) needs 103. */
const maxPayloadBytes = 4_096 - 103

/** What a service worker gets: enough to show, and the id by which it shows it once. */
function toPayload({ id, device, severity, title, body, actions, at }: Notice): string {
  // As `showNotification` takes them.
  const buttons = actions.map(({ action, label }) => ({ action, title: label }))
  const made = (text: string) =>
    JSON.stringify({ id, device, severity, title, body: text, actions: buttons, at })
  const characters = [...body]
  let payload = made(body)
  while (Buffer.byteLength(payload) > maxPayloadBytes && characters.length > 0) {
    const tooMuch = Buffer.byteLength(payload) - maxPayloadBytes
    // A character has up to six bytes in JSON: so many at least have to go.
    characters.splice(-Math.max(1, Math.floor(tooMuch / 6)))
    payload = made(`${characters.join('')}…`)
  }
  return payload
}

export interface WebPushOptions {
  /** Keys of VAPID (RFC 8292), base64url; `subject` is where a push service reaches us: `mailto:…` or `https://…`. */
  vapid: { subject: string; publicKey: string; privateKey: string }
  egress: EgressPolicy
  now(): number
}

const base64url = (bytes: number) =>
  z.string().refine((text) => /^[\w-]+=*$/.test(text) && Buffer.from(text, 'base64url').length === bytes)

/** What `PushSubscription.toJSON()` gives in a browser. */
export const webPushAddress = z.object({
  endpoint: z.url({ protocol: /^https$/ }).max(2_048),
  keys: z.object({ p256dh: base64url(65), auth: base64url(16) }),
})

const timeoutMs = 20_000
const defaultRetryAfterMs = 60_000

/** Sends a notice, encrypted, to the push service of a browser. */
export function webPushChannel({ vapid, egress: outside, now }: WebPushOptions): ContactChannel {
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
          await httpPost({ url, headers: toStringHeaders(headers), body, timeoutMs }, outside),
          now(),
        )
      } catch (error) {
        if (error instanceof BlockedHostError) return { outcome: 'refused', why: error.message }
        throw error
      }
    },
  })
}

/** At most 32 characters of base64url (RFC 8030). What waits for a browser is replaced by what has the same one. */
function pushTopic({ id }: Notice): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 32)
}

function toStringHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function classifyResponse(
  { status, headers, bodyExcerpt: text }: HttpPostResponse,
  now: number,
): DeliveryResult {
  const why = `${status} ${text}`.trim()
  if (status >= 200 && status < 300) return { outcome: 'handed_over' }
  if (status === 404 || status === 410) return { outcome: 'gone', why }
  if (status === 429) {
    return {
      outcome: 'later',
      afterMs: parseRetryAfterMs(headers['retry-after'], { now, otherwise: defaultRetryAfterMs }),
      why,
    }
  }
  // The subscription may have been made with other keys than ours: that says nothing of other subscriptions.
  if (status === 401 || status === 403)
    return { outcome: 'later', why: `these VAPID keys are refused: ${why}` }
  if (status >= 500) throw new ChannelError(`the push service fails: ${why}`, { isUnavailable: true })
  return { outcome: 'refused', why }
}
