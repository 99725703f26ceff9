import { importPKCS8, SignJWT } from 'jose'
import { z } from 'zod'
import { ChannelError } from '../channel.ts'
import type { ServiceAccount } from './service-account.ts'

export interface AccessTokenCache {
  /** One that is valid for a while yet. */
  get(): Promise<string>
  /** The last one is of no use any more. */
  invalidate(): void
}

const scope = 'https://www.googleapis.com/auth/firebase.messaging'
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const timeoutMs = 10_000
/** An hour is the most that is allowed. */
const assertionSeconds = 3_600
/** So long before it expires a token is not used any more. */
const expiryMarginMs = 5 * 60_000

const grantSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

interface CachedToken {
  text: string
  usableUntil: number
}

/**
 * Access tokens of Google for a service account: an assertion that is signed with its key (RFC 7523) is exchanged for one,
 * which is kept until shortly before it expires. Who asks while one is fetched waits for that one.
 */
export function createAccessTokenCache(account: ServiceAccount, now: () => number): AccessTokenCache {
  let held: CachedToken | undefined
  let fetching: Promise<CachedToken> | undefined
  const fetchOne = async () => {
    try {
      held = await fetchToken(account, now())
      return held
    } finally {
      fetching = undefined
    }
  }
  return {
    async get() {
      if (held !== undefined && now() < held.usableUntil) return held.text
      fetching ??= fetchOne()
      return (await fetching).text
    },
    invalidate() {
      held = undefined
    },
  }
}

async function fetchToken(account: ServiceAccount, now: number): Promise<CachedToken> {
  const response = await fetch(account.tokenUri, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    body: new URLSearchParams({ grant_type: grantType, assertion: await signAssertion(account, now) }),
  })
  const text = await response.text()
  if (!response.ok) {
    const why = `${response.status} ${text.slice(0, 500)}`.trim()
    const isUnavailable = response.status >= 500 || response.status === 429
    throw new ChannelError(`no access token for FCM: ${why}`, { isUnavailable })
  }
  const { access_token, expires_in } = grantSchema.parse(JSON.parse(text))
  return { text: access_token, usableUntil: now + Math.max(0, expires_in * 1_000 - expiryMarginMs) }
}

async function signAssertion(
  { clientEmail, privateKey, tokenUri }: ServiceAccount,
  now: number,
): Promise<string> {
  const seconds = Math.floor(now / 1_000)
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(clientEmail)
    .setAudience(tokenUri)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + assertionSeconds)
    .sign(await importPKCS8(privateKey, 'RS256'))
}
