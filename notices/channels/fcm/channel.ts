import { z } from 'zod'
import { noticeTtlMs } from '../../deliver/resend-schedule.ts'
import { parseRetryAfterMs } from '../../egress/retry-after.ts'
import type { Notice } from '../../notice.ts'
import { ChannelError, type ContactChannel, type DeliveryResult, defineContactChannel } from '../channel.ts'
import { type AccessTokenCache, createAccessTokenCache } from './access-token.ts'
import type { ServiceAccount } from './service-account.ts'

export interface FcmOptions {
  account: ServiceAccount
  /** Of the API: `https://fcm.googleapis.com`. */
  url: string
  now(): number
}

/** The registration token of an app on a phone. */
export const fcmAddress = z.strictObject({ token: z.string().min(1).max(4_096) })

const timeoutMs = 15_000
const defaultRetryAfterMs = 60_000

/** Sends a notice to a phone with Firebase Cloud Messaging, HTTP v1. */
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

/** A token may be taken back before it expires: a new one is asked for, once. */
async function retryWithNewToken(
  refusal: Response,
  tokens: AccessTokenCache,
  ask: () => Promise<Response>,
): Promise<Response> {
  await refusal.body?.cancel()
  tokens.invalidate()
  return ask()
}

/**
 * `tag` and `apns-collapse-id` make a phone show a notice once, however often it comes. Not a collapse key: a phone that is
 * away keeps messages of four of them only.
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

/** What FCM says of an error, as far as it matters. */
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
    return { outcome: 'handed_over' }
  }
  const { code, why } = parseFailure(status, await response.text())
  if (code === 'UNREGISTERED') return { outcome: 'gone', why }
  if (status === 429) {
    return {
      outcome: 'later',
      afterMs: parseRetryAfterMs(headers.get('retry-after'), { now, otherwise: defaultRetryAfterMs }),
      why,
    }
  }
  // Of this token or this message; a token of another sender is not ours to use.
  if (status === 400 || code === 'SENDER_ID_MISMATCH') return { outcome: 'refused', why }
  throw new ChannelError(`FCM does not take notices: ${why}`, { isUnavailable: status >= 500 })
}

function parseFailure(status: number, text: string): { code: string; why: string } {
  const parsed = failureSchema.safeParse(tryParseJson(text))
  if (!parsed.success) return { code: '', why: `${status} ${text.slice(0, 500)}`.trim() }
  const { message, details } = parsed.data.error
  const code = details.find(({ errorCode }) => errorCode !== undefined)?.errorCode ?? ''
  return { code, why: [status, code, message].filter((part) => part !== '').join(' ') }
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // A proxy in between may answer in HTML.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
