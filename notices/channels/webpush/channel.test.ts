import { createECDH, randomBytes } from 'node:crypto'
import { decrypt } from 'http_ece'
import { importJWK, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import webpush from 'web-push'
import { createEgressPolicy } from '../../egress/egress-policy.ts'
import type { Notice } from '../../notice.ts'
import { type CannedResponse, type HttpsServer, startHttpsServer } from '../../testing/https-server.ts'
import { webPushChannel } from './channel.ts'
import sample from './sample.json' with { type: 'json' }

const notice = sample.notice as Notice
const keys = webpush.generateVAPIDKeys()
const vapid = { ...keys, subject: 'mailto:care@forewarn.example' }
const now = Date.UTC(2026, 2, 1)

/** The browser's part: its keys, and where its push service listens. */
const browser = createECDH('prime256v1')
browser.generateKeys()
const auth = randomBytes(16)

let service: HttpsServer
let answer: CannedResponse
beforeAll(async () => {
  service = await startHttpsServer(() => answer)
})
beforeEach(() => {
  service.requests.length = 0
  answer = { status: 201 }
})
afterAll(() => service?.stop())

const subscription = () => ({
  endpoint: `${service.origin}/wpush/v2/abc`,
  keys: { p256dh: browser.getPublicKey('base64url'), auth: auth.toString('base64url') },
})
const channel = (allowPrivateHosts = true) =>
  webPushChannel({ vapid, egress: createEgressPolicy({ allowPrivateHosts, ca: service.ca }), now: () => now })
const deliver = (change: Partial<Notice> = {}) => channel().deliver({ ...notice, ...change }, subscription())
const shown = (place = 0) => {
  const body = service.requests[place]?.body ?? Buffer.alloc(0)
  return JSON.parse(String(decrypt(body, { version: 'aes128gcm', privateKey: browser, authSecret: auth })))
}

describe('a push', () => {
  it('contains the sample, encrypted for the browser', async () => {
    expect(await deliver()).toEqual({ outcome: 'accepted' })
    const { id, device, severity, title, body, at } = notice
    const actions = notice.actions.map(({ action, label }) => ({ action, title: label }))
    expect(shown()).toEqual({ id, device, severity, title, body, actions, at })
    expect(String(service.requests[0]?.body)).not.toContain(title)
    expect(service.requests[0]).toMatchObject({
      url: '/wpush/v2/abc',
      headers: { ttl: '604800', urgency: 'normal', 'content-encoding': 'aes128gcm' },
    })
  })

  it('is signed with the VAPID key', async () => {
    await deliver()
    const [, token = '', key = ''] =
      /^vapid t=([^,]+), ?k=(.+)$/.exec(service.requests[0]?.headers.authorization ?? '') ?? []
    expect(key).toBe(keys.publicKey)
    const point = Buffer.from(key, 'base64url')
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'))
    const jwk = await importJWK({ kty: 'EC', crv: 'P-256', x, y } as Parameters<typeof importJWK>[0], 'ES256')
    const { payload } = await jwtVerify(token, jwk, { audience: service.origin, algorithms: ['ES256'] })
    expect(payload.sub).toBe(vapid.subject)
  })

  it('has a topic by which a notice replaces only itself', async () => {
    await deliver()
    await deliver()
    await deliver({ id: 'n-another' })
    const [first, second, third] = service.requests.map(({ headers }) => headers.topic)
    expect(first).toMatch(/^[\w-]{32}$/)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })

  it('is urgent when the notice is', async () => {
    await deliver({ urgent: true })
    expect(service.requests[0]?.headers.urgency).toBe('high')
  })

  it('shortens a long body between characters', async () => {
    const body = '电池😀"'.repeat(2_000)
    expect(await deliver({ body })).toEqual({ outcome: 'accepted' })
    expect(service.requests[0]?.body.length).toBeLessThanOrEqual(4_096)
    const { body: short } = shown() as { body: string }
    expect(short).toMatch(/…$/)
    expect(body.startsWith(short.slice(0, -1))).toBe(true)
    expect(Buffer.byteLength(short)).toBeGreaterThan(3_000)
  })
})

describe('responses of a push service', () => {
  it.each([
    [201, 'accepted'],
    [404, 'gone'],
    [410, 'gone'],
    [400, 'rejected'],
    [413, 'rejected'],
    [403, 'deferred'],
    [307, 'rejected'],
  ] as const)('%i: %s', async (status, outcome) => {
    answer = { status, headers: { location: '/elsewhere' }, body: 'because' }
    expect(await deliver()).toMatchObject({ outcome })
    expect(service.requests).toHaveLength(1)
  })

  it.each([
    ['120', 120_000],
    [new Date(now + 90_000).toUTCString(), 90_000],
    [undefined, 60_000],
    ['soon', 60_000],
  ])('429 with Retry-After %s: in %i ms', async (retryAfter, retryAfterMs) => {
    answer = { status: 429, ...(retryAfter && { headers: { 'retry-after': retryAfter } }) }
    expect(await deliver()).toMatchObject({ outcome: 'deferred', retryAfterMs })
  })

  it('500: the push service fails', async () => {
    answer = { status: 500 }
    await expect(deliver()).rejects.toMatchObject({ isUnavailable: true })
  })
})

it('does not push to private addresses', async () => {
  expect(await channel(false).deliver(notice, subscription())).toMatchObject({
    outcome: 'rejected',
    reason: expect.stringContaining('no public address'),
  })
  expect(service.requests).toEqual([])
})

it('uses the push service as the endpoint of its subscriptions', () => {
  expect(channel().endpoint?.(subscription())).toBe(new URL(service.origin).host)
})
