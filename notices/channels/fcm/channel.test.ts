import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../test/support/ports.ts'
import type { Notice } from '../../notice.ts'
import { fcmChannel } from './channel.ts'
import sample from './sample.json' with { type: 'json' }

const notice = sample.notice as Notice
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const scope = 'https://www.googleapis.com/auth/firebase.messaging'
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** A stand-in for Google that hands out tokens for assertions that hold, and takes messages with its last token. */
let server: Server
let origin: string
let now: number
let granted: number
/** Tokens up to this one are not valid any more. */
let revoked: number
let tokenFailure: { status: number; body: string } | undefined
let messages: { path: string; message: Record<string, unknown> }[]
let answer: { status: number; headers?: Record<string, string>; body?: object | string }

async function grant(body: string): Promise<[number, object | string]> {
  if (tokenFailure !== undefined) return [tokenFailure.status, tokenFailure.body]
  const form = new URLSearchParams(body)
  const key = createPublicKey(publicKey)
  const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', key, {
    audience: `${origin}/token`,
    issuer: 'forewarn@p-1.iam.gserviceaccount.com',
    algorithms: ['RS256'],
    currentDate: new Date(now),
  })
  const lifetime = (payload.exp ?? 0) - (payload.iat ?? 0)
  const holds = form.get('grant_type') === grantType && payload.scope === scope && lifetime <= 3_600
  if (!holds || protectedHeader.alg !== 'RS256') return [400, { error: 'invalid_grant' }]
  granted += 1
  return [200, { access_token: `token-${granted}`, expires_in: 3_600, token_type: 'Bearer' }]
}

function send(path: string, authorization: string, body: string): [number, object | string] {
  const number = Number(/^Bearer token-(\d+)$/.exec(authorization)?.[1] ?? 0)
  if (number <= revoked || number > granted) return [401, { error: { message: 'invalid token' } }]
  messages.push({ path, message: JSON.parse(body).message })
  return [answer.status, answer.body ?? { name: 'projects/p-1/messages/1' }]
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const path = request.url ?? ''
    const [status, said] =
      path === '/token' ? await grant(body) : send(path, request.headers.authorization ?? '', body)
    response.writeHead(status, path === '/token' ? {} : answer.headers)
    response.end(typeof said === 'string' ? said : JSON.stringify(said))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  now = Date.UTC(2026, 2, 1)
  granted = 0
  revoked = 0
  tokenFailure = undefined
  messages = []
  answer = { status: 200 }
})
afterAll(() => {
  server?.closeAllConnections()
  server?.close()
})

function channel(url = origin) {
  const clientEmail = 'forewarn@p-1.iam.gserviceaccount.com'
  const account = { projectId: 'p-1', clientEmail, privateKey, tokenUri: `${url}/token` }
  return fcmChannel({ account, url, now: () => now })
}
const deliver = (change: Partial<Notice> = {}, by = channel()) =>
  by.deliver({ ...notice, ...change }, sample.address)
const rejection = (status: number, errorCode: string) => ({
  status,
  body: {
    error: {
      code: status,
      message: 'because',
      details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }],
    },
  },
})

describe('a message', () => {
  it('contains the sample, and the id by which a phone shows it once', async () => {
    expect(await deliver()).toEqual({ outcome: 'accepted' })
    expect(messages).toEqual([
      {
        path: '/v1/projects/p-1/messages:send',
        message: {
          token: sample.address.token,
          notification: { title: notice.title, body: notice.body },
          data: { notice: notice.id, severity: 'minor', at: String(notice.at), device: 'rv-1' },
          android: { priority: 'NORMAL', ttl: '604800s', notification: { tag: notice.id } },
          apns: { headers: { 'apns-collapse-id': notice.id, 'apns-priority': '5' } },
        },
      },
    ])
  })

  it('is urgent when the notice is, and has no device when the notice is about several', async () => {
    await deliver({ urgent: true, device: null })
    expect(messages[0]?.message).toMatchObject({
      android: { priority: 'HIGH' },
      apns: { headers: { 'apns-priority': '10' } },
    })
    expect(messages[0]?.message.data).not.toHaveProperty('device')
  })
})

describe('the access token', () => {
  it('is fetched once for concurrent messages, and again shortly before it expires', async () => {
    const one = channel()
    await Promise.all(Array.from({ length: 5 }, () => deliver({}, one)))
    now += 54 * 60_000
    await deliver({}, one)
    expect(granted).toBe(1)
    now += 2 * 60_000
    await deliver({}, one)
    expect(granted).toBe(2)
    expect(messages).toHaveLength(7)
  })

  it('is replaced once when it was revoked', async () => {
    const one = channel()
    await deliver({}, one)
    revoked = 1
    expect(await deliver({}, one)).toEqual({ outcome: 'accepted' })
    expect(granted).toBe(2)
    revoked = 99
    await expect(deliver({}, one)).rejects.toMatchObject({ isUnavailable: false })
    expect(granted).toBe(3)
  })

  it.each([
    [400, false],
    [503, true],
    [429, true],
  ])(
    'is rejected with %i: the channel fails, with a message that does not contain the key',
    async (status, isUnavailable) => {
      tokenFailure = { status, body: '{"error":"invalid_grant"}' }
      const one = channel()
      await expect(deliver({}, one)).rejects.toMatchObject({
        isUnavailable,
        message: expect.stringContaining(`${status}`),
      })
      tokenFailure = undefined
      expect(await deliver({}, one)).toEqual({ outcome: 'accepted' })
    },
  )
})

describe('responses of FCM', () => {
  it.each([
    [404, 'UNREGISTERED', 'gone'],
    [400, 'INVALID_ARGUMENT', 'rejected'],
    [403, 'SENDER_ID_MISMATCH', 'rejected'],
    [429, 'QUOTA_EXCEEDED', 'deferred'],
  ] as const)('%i %s: %s', async (status, code, outcome) => {
    answer = rejection(status, code)
    expect(await deliver()).toMatchObject({ outcome, reason: `${status} ${code} because` })
  })

  it('429 with Retry-After: not before that', async () => {
    answer = { ...rejection(429, 'QUOTA_EXCEEDED'), headers: { 'retry-after': '10' } }
    expect(await deliver()).toMatchObject({ outcome: 'deferred', retryAfterMs: 10_000 })
  })

  it.each([
    [500, 'INTERNAL', true],
    [503, 'UNAVAILABLE', true],
    [403, 'PERMISSION_DENIED', false],
    [404, 'NOT_FOUND', false],
  ])('%i %s: the channel fails', async (status, code, isUnavailable) => {
    answer = rejection(status, code)
    await expect(deliver()).rejects.toMatchObject({ isUnavailable })
    answer = { status, body: '<html>from a proxy</html>' }
    await expect(deliver()).rejects.toMatchObject({
      isUnavailable,
      message: expect.stringContaining('from a proxy'),
    })
  })
})

it('rejects when FCM cannot be reached', async () => {
  const away = channel(`http://127.0.0.1:${await freePort()}`)
  await expect(deliver({}, away)).rejects.toThrow('fetch failed')
})
