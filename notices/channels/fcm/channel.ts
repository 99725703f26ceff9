import { z } from 'zod'

import { parseRetryAfterMs } from '../../egress/retry-after.ts'
import { type Notice, noticeTtlMs } from '../../notice.ts'
import { ChannelError, type ContactChannel, type DeliveryResult, defineContactChannel } from '../channel.ts'
import { type AccessTokenCache, createAccessTokenCache } from './access-token.ts'
import type { ServiceAccount } from './service-account.ts'

export interface FcmOptions {
  account: ServiceAccount
  /** Base URL of the API: `https://fcm.googleapis.com`. */
  url: string
  now(): number
}

/** Registration token of an app on a phone. */
export const fcmAddress = z.strictObject({ token: z.string().min(1).max(4_096) })

const timeoutMs = 15_000
const defaultRetryAfterMs = 60_000

/** Create the channel that sends notices to phones with Firebase Cloud Messaging, HTTP v1. */
export function fcmChannel({ account, url, now }: FcmOptions): ContactChannel {
  const tokens = createAccessTokenCache(account, now)
  const endpoint = new URL(`/v1/projects/${account.projectId}/messages:send`, url)

  async function postMessage(notice: Notice, token: string): Promise<Response> {
    return fetch(endpoint, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { authorization: `Bearer ${await tokens.get()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ message: toFcmMessage(notice, token) }),
    })
  }

  return defineContactChannel({
    name: 'fcm',
    address: fcmAddress,
    async deliver(notice, { token }): Promise<DeliveryResult> {
      const response = await postMessage(notice, token)
      return classifyResponse(
        response.status === 401
          ? await retryWithNewToken(response, tokens, () => postMessage(notice, token))
          : response,
        now(),
      )
    },
  })
}

/** Retry once with a new token: Google may revoke one before it expires. */
async function retryWithNewToken(
  unauthorized: Response,
  tokens: AccessTokenCache,
  post: () => Promise<Response>,
): Promise<Response> {
  await unauthorized.body?.cancel()
  tokens.invalidate()
  return post()
}

/**
 * Return the message for the API. `tag` and `apns-collapse-id` make a phone show a notice once, however often it is sent.
 * There is no collapse key, because FCM stores messages of at most four of them for a phone that is offline.
 */
function toFcmMessage({ id, device, severity, urgent, title, body, at }: Notice, token: string) {
  return {
    token,
    notification: { title, body },
    data: { notice: id, severity, at: String(at), ...(device !== null && { device }) },
    android: {
      priority: urgent ? 'HIGH' : 'NORMAL',
      ttl: `${noticeTtlMs / 1_000}s`,
      notification: { tag: id },
    },
    apns: { headers: { 'apns-collapse-id': id.slice(0, 64), 'apns-priority': urgent ? '10' : '5' } },
  }
}

/** The fields of FCM's error responses that are used. */
const failureSchema = z.object({
  error: z.object({
    message: z.string().catch(''),
    details: z.array(z.looseObject({ errorCode: z.string().optional() })).catch([]),
  }),
})

async function classifyResponse(response: Response, now: number): Promise<DeliveryResult> {
  const { status, headers } = response
  if (status === 200) {
    await response.body?.cancel()
    return { outcome: 'accepted' }
  }
  const { code, reason } = parseFailure(status, await response.text())
  if (code === 'UNREGISTERED') return { outcome: 'gone', reason }
  if (status === 429) {
    return {
      outcome: 'deferred',
      retryAfterMs: parseRetryAfterMs(headers.get('retry-after'), { now, otherwise: defaultRetryAfterMs }),
      reason,
    }
  }
  // The fault is in this token or this message; SENDER_ID_MISMATCH: the token belongs to another project.
  if (status === 400 || code === 'SENDER_ID_MISMATCH') return { outcome: 'rejected', reason }
  throw new ChannelError(`FCM rejects all notices: ${reason}`, { isUnavailable: status >= 500 })
}

function parseFailure(status: number, text: string): { code: string; reason: string } {
  const parsed = failureSchema.safeParse(tryParseJson(text))
  if (!parsed.success) return { code: '', reason: `${status} ${text.slice(0, 500)}`.trim() }
  const { message, details } = parsed.data.error
  const code = details.find(({ errorCode }) => errorCode !== undefined)?.errorCode ?? ''
  return { code, reason: [status, code, message].filter((part) => part !== '').join(' ') }
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // A proxy may respond with HTML.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
