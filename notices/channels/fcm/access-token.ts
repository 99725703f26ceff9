import { importPKCS8, SignJWT } from 'jose'
import { z } from 'zod'
import { ChannelError } from '../channel.ts'
import type { ServiceAccount } from './service-account.ts'

export interface AccessTokenCache {
  /** Return a token that is valid for at least `expiryMarginMs`. @throws ChannelError */
  get(): Promise<string>
  /** Drop the cached token, because FCM has rejected it. */
  invalidate(): void
}

const scope = 'https://www.googleapis.com/auth/firebase.messaging'
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const timeoutMs = 10_000
/** Lifetime of an assertion; Google accepts at most an hour. */
const assertionSeconds = 3_600
/** Time before its expiry at which a token is replaced. */
const expiryMarginMs = 5 * 60_000

const grantSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

interface CachedToken {
  text: string
  usableUntil: number
}

/**
 * Create a cache of Google's access tokens for a service account. A signed assertion (RFC 7523) is exchanged for a token,
 * which is cached until shortly before it expires; concurrent calls share one request.
 */
export function createAccessTokenCache(account: ServiceAccount, now: () => number): AccessTokenCache {
  let cached: CachedToken | undefined
  let fetching: Promise<CachedToken> | undefined
  const fetchOne = async () => {
    try {
      cached = await fetchToken(account, now())
      return cached
    } finally {
      fetching = undefined
    }
  }
  return {
    async get() {
      if (cached !== undefined && now() < cached.usableUntil) return cached.text
      fetching ??= fetchOne()
      return (await fetching).text
    },
    invalidate() {
      cached = undefined
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
    const reason = `${response.status} ${text.slice(0, 500)}`.trim()
    const isUnavailable = response.status >= 500 || response.status === 429
    throw new ChannelError(`no access token for FCM: ${reason}`, { isUnavailable })
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
