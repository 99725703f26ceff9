import { createHash } from 'node:crypto'
import webpush from 'web-push'
import { z } from 'zod'
import { ChannelError, type ContactChannel, contactChannel, type Delivery } from '../../channel.ts'
import type { Notice } from '../../notice.ts'
import { NotOutsideError, type Outside } from '../../outside/outside.ts'
import { type Answer, post } from '../../outside/post.ts'
import { retryAfterMs } from '../../outside/retry-after.ts'
import { noticeLifeMs } from '../../resend.ts'

/** Push services take 4,096 bytes (RFC 8030), of which encryption (RFC 8291) needs 103. */
const maxBytes = 4_096 - 103

/** What a service worker gets: enough to show, and the id by which it shows it once. */
function payloadOf({ id, device, severity, title, body, actions, at }: Notice): string {
  // As `showNotification` takes them.
  const buttons = actions.map(({ action, label }) => ({ action, title: label }))
  const made = (text: string) =>
    JSON.stringify({ id, device, severity, title, body: text, actions: buttons, at })
  const characters = [...body]
  let payload = made(body)
  while (Buffer.byteLength(payload) > maxBytes && characters.length > 0) {
    const tooMuch = Buffer.byteLength(payload) - maxBytes
    // A character has up to six bytes in JSON: so many at least have to go.
    characters.splice(-Math.max(1, Math.floor(tooMuch / 6)))
    payload = made(`${characters.join('')}…`)
  }
  return payload
}

export interface WebPushOptions {
  /** Keys of VAPID (RFC 8292), base64url; `subject` is where a push service reaches us: `mailto:…` or `https://…`. */
  vapid: { subject: string; publicKey: string; privateKey: string }
  outside: Outside
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
const busyMs = 60_000

/** Sends a notice, encrypted, to the push service of a browser. */
export function webPushChannel({ vapid, outside, now }: WebPushOptions): ContactChannel {
  return contactChannel({
    name: 'webpush',
    address: webPushAddress,
    place: ({ endpoint }) => new URL(endpoint).host,
    async deliver(notice, subscription): Promise<Delivery> {
      const { headers, body } = webpush.generateRequestDetails(subscription, payloadOf(notice), {
        vapidDetails: vapid,
        TTL: noticeLifeMs / 1_000,
        urgency: notice.urgent ? 'high' : 'normal',
        topic: topicOf(notice),
        contentEncoding: 'aes128gcm',
      })
      const url = subscription.endpoint
      try {
        return judge(await post({ url, headers: textsOf(headers), body, timeoutMs }, outside), now())
      } catch (error) {
        if (error instanceof NotOutsideError) return { outcome: 'refused', why: error.message }
        throw error
      }
    },
  })
}

/** At most 32 characters of base64url (RFC 8030). What waits for a browser is replaced by what has the same one. */
function topicOf({ id }: Notice): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 32)
}

function textsOf(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function judge({ status, headers, text }: Answer, now: number): Delivery {
  const why = `${status} ${text}`.trim()
  if (status >= 200 && status < 300) return { outcome: 'handed_over' }
  if (status === 404 || status === 410) return { outcome: 'gone', why }
  if (status === 429) {
    return {
      outcome: 'later',
      afterMs: retryAfterMs(headers['retry-after'], { now, otherwise: busyMs }),
      why,
    }
  }
  // The subscription may have been made with other keys than ours: that says nothing of other subscriptions.
  if (status === 401 || status === 403)
    return { outcome: 'later', why: `these VAPID keys are refused: ${why}` }
  if (status >= 500) throw new ChannelError(`the push service fails: ${why}`, { isAway: true })
  return { outcome: 'refused', why }
}
