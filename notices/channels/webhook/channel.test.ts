import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../test/support/ports.ts'
import { createEgressPolicy } from '../../egress/egress-policy.ts'
import type { Notice } from '../../notice.ts'
import { startHttpsServer } from '../../testing/https-server.ts'
import { webhookAddress, webhookChannel } from './channel.ts'
import sample from './sample.json' with { type: 'json' }

const notice = sample.notice as Notice
const { secret } = sample.address

let server: Server
let origin: string
let answer: { status: number; headers?: Record<string, string>; body?: string | 'endless' }
let got: { url: string; headers: IncomingHttpHeaders; body: string }[]

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    got.push({ url: request.url ?? '', headers: request.headers, body })
    response.writeHead(answer.status, answer.headers)
    if (answer.body !== 'endless') {
      response.end(answer.body)
      return
    }
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(64_000)));
    }
    response.on('drain', more)
    more()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  got = []
  answer = { status: 204 }
})
afterAll(() => {
  server?.closeAllConnections()
  server?.close()
})

const now = Date.now()
const channel = (allowPrivateHosts: boolean) =>
  webhookChannel({ egress: createEgressPolicy({ allowPrivateHosts }), now: () => now })
const deliver = (url = `${origin}/hook`) => channel(true).deliver(notice, { url, secret })

describe('a webhook', () => {
  it('contains the sample, signed, with the notice’s id', async () => {
    expect(await deliver()).toEqual({ outcome: 'accepted' })
    const [{ headers, body, url } = { headers: {}, body: '', url: '' }] = got
    const verified = new Webhook(secret).verify(body, headers as Record<string, string>)
    expect(verified).toEqual({ type: 'notice', timestamp: new Date(now).toISOString(), data: notice })
    expect(headers).toMatchObject({
      'webhook-id': notice.id,
      'webhook-timestamp': String(Math.floor(now / 1_000)),
      'content-type': 'application/json',
    })
    expect(url).toBe('/hook')
  })

  it('has a signature that needs the secret', async () => {
    await deliver()
    const [{ headers, body } = { headers: {}, body: '' }] = got
    const other = new Webhook(`whsec_${Buffer.alloc(24, 7).toString('base64')}`)
    expect(() => other.verify(body, headers as Record<string, string>)).toThrow('No matching signature')
    expect(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>)).toThrow()
  })
})

describe('responses of a receiver', () => {
  it.each([
    [200, 'accepted'],
    [410, 'gone'],
    [404, 'deferred'],
    [401, 'deferred'],
  ] as const)('%i: %s', async (status, outcome) => {
    answer = { status, body: 'because' }
    expect(await deliver()).toMatchObject({ outcome })
  })

  it('does not follow a redirect', async () => {
    answer = { status: 307, headers: { location: `${origin}/elsewhere` } }
    expect(await deliver()).toMatchObject({ outcome: 'deferred' })
    expect(got.map(({ url }) => url)).toEqual(['/hook'])
  })

  it.each([429, 503])('%i with Retry-After: not before that', async (status) => {
    answer = { status, headers: { 'retry-after': '30' } }
    expect(await deliver()).toMatchObject({ outcome: 'deferred', retryAfterMs: 30_000 })
  })

  it('500: this receiver fails', async () => {
    answer = { status: 500, body: 'database on fire' }
    await expect(deliver()).rejects.toMatchObject({
      isUnavailable: true,
      message: expect.stringContaining('database on fire'),
    })
  })

  it('reads only the beginning of an endless response', async () => {
    answer = { status: 200, body: 'endless' }
    expect(await deliver()).toEqual({ outcome: 'accepted' })
  })

  it('no response: rejects', async () => {
    await expect(deliver(`http://127.0.0.1:${await freePort()}/`)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('blocked targets', () => {
  it.each([
    'http://example.org/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://10.1.2.3/',
    'https://localhost/',
  ])('%s', async (url) => {
    expect(await channel(false).deliver(notice, { url, secret })).toMatchObject({ outcome: 'rejected' })
  })

  it('a server with an untrusted certificate', async () => {
    const stranger = await startHttpsServer(() => ({ status: 200 }))
    try {
      await expect(deliver(stranger.origin)).rejects.toThrow('self-signed certificate')
      expect(stranger.requests).toEqual([])
    } finally {
      await stranger.stop()
    }
  })
})

it.each(['secret', 'whsec_', 'whsec_c2hvcnQ=', `whsec_${Buffer.alloc(65).toString('base64')}`, 'whsec_!'])(
  'takes %s for no secret',
  (wrong) => {
    expect(webhookAddress.safeParse({ url: 'https://example.org', secret: wrong }).success).toBe(false)
  },
)
