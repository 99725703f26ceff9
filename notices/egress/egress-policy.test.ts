import type * as dns from 'node:dns'
import type { LookupAddress } from 'node:dns'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startHttpsServer } from '../testing/https-server.ts'
import { BlockedHostError, createEgressPolicy } from './egress-policy.ts'
import { httpPost } from './http-post.ts'
import { isPublicAddress } from './public-address.ts'
import { parseRetryAfterMs } from './retry-after.ts'

describe('addresses', () => {
  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fd00::1',
    'fc00::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '2001:db8::1',
    '2001::1',
    'ff02::1',
    'example.org',
    '',
    '127.1',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.32.0.1',
    '172.15.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::1',
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it('in private networks are not public', () => {
    const octet = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(octet, octet, octet, (b, c, d) => {
        expect(isPublicAddress(`10.${b}.${c}.${d}`)).toBe(false)
        expect(isPublicAddress(`127.${b}.${c}.${d}`)).toBe(false)
        expect(isPublicAddress(`172.${16 + (b % 16)}.${c}.${d}`)).toBe(false)
        expect(isPublicAddress(`fd${b.toString(16).padStart(2, '0')}::${c.toString(16)}`)).toBe(false)
      }),
    )
  })
})

/** Return a lookup that answers each call with the next of these. */
function namesTo(...answers: string[][]): typeof dns.lookup {
  let asked = 0
  const lookup = (
    _host: string,
    _options: object,
    callback: (error: null, found: LookupAddress[]) => void,
  ) => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? []
    callback(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return lookup as unknown as typeof dns.lookup
}

describe('a name', () => {
  const ask = { headers: {}, body: '', timeoutMs: 5_000 }

  it('that resolves to a private address is blocked', async () => {
    const server = await startHttpsServer(() => ({ status: 200 }))
    try {
      const port = new URL(server.origin).port
      for (const answer of [['127.0.0.1'], ['::1'], ['10.0.0.1', '192.168.0.1'], []]) {
        const outside = createEgressPolicy({
          allowPrivateHosts: false,
          ca: server.ca,
          lookup: namesTo(answer),
        })
        const asking = httpPost({ ...ask, url: `https://hooks.example.org:${port}/` }, outside)
        await expect(asking).rejects.toBeInstanceOf(BlockedHostError)
      }
      expect(server.requests).toEqual([])
    } finally {
      await server.stop()
    }
  })

  it('is resolved once for the connection, so that rebinding has no effect', async () => {
    const rebinding = namesTo(['203.0.113.9', '8.8.8.8'], ['127.0.0.1'])
    const { httpsAgent } = createEgressPolicy({ allowPrivateHosts: false, lookup: rebinding })
    const lookup = httpsAgent.options.lookup
    const found = await new Promise((resolve) => lookup?.('x', { all: true }, (_error, all) => resolve(all)))
    expect(found).toEqual([{ address: '8.8.8.8', family: 4 }])
    const one = await new Promise((resolve) => lookup?.('x', {}, (error) => resolve(error)))
    expect(one).toBeInstanceOf(BlockedHostError)
  })
})

it('rejects when there is no response within the timeout', async () => {
  const server = await startHttpsServer(() => ({ status: 200 }))
  const outside = createEgressPolicy({ allowPrivateHosts: true, ca: server.ca, lookup: (() => {}) as never })
  try {
    const asking = httpPost({ url: server.origin, headers: {}, body: '', timeoutMs: 50 }, outside)
    await expect(asking).rejects.toThrow('timeout after 50 ms')
  } finally {
    await server.stop()
  }
})

it('limits Retry-After to between a second and a day', () => {
  const ms = (header: string) => parseRetryAfterMs(header, { now: 0, otherwise: 5_000 })
  expect(['0', '1', '120', '999999999', 'Thu, 01 Jan 1970 00:01:00 GMT', 'x', ''].map(ms)).toEqual([
    1_000, 1_000, 120_000, 86_400_000, 60_000, 5_000, 5_000,
  ])
})
