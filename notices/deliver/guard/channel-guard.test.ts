import fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type DeliveryResult, defineContactChannel } from '../../channels/channel.ts'
import sample from '../../channels/inbox/sample.json' with { type: 'json' }
import type { Notice } from '../../notice.ts'
import {
  circuitBreakerLimits,
  deliveryTimeoutMs,
  type GuardedChannel,
  ReservingRateLimiter,
  withDeadline,
  withGuard,
} from './channel-guard.ts'
import { admit, type CircuitState, closedCircuit, recordFailure } from './circuit-breaker.ts'

const notice = sample.notice as Notice

describe('a circuit', () => {
  const limits = { maxFailures: 3, openDurationMs: 1_000, probeRecheckMs: 100 }
  const fail = (circuit: CircuitState, now: number, times = 1): CircuitState =>
    times === 0 ? circuit : fail(recordFailure(circuit, limits, now), now, times - 1)

  it('opens after the maximum of failures in a row, for its duration', () => {
    expect(fail(closedCircuit, 0, 2)).toEqual({ is: 'closed', failures: 2 })
    const open = fail(closedCircuit, 5, 3)
    expect(open).toEqual({ is: 'open', until: 1_005, failures: 3 })
    expect(admit(open, limits, 1_004)).toEqual({ is: 'rejected', retryAt: 1_005 })
  })

  it('admits one probe, whose failure opens it again', () => {
    const probed = admit(fail(closedCircuit, 0, 3), limits, 1_000)
    expect(probed).toEqual({ is: 'admitted', circuit: { is: 'half_open', until: 2_000, failures: 3 } })
    const circuit = probed.is === 'admitted' ? probed.circuit : closedCircuit
    expect(admit(circuit, limits, 1_001)).toEqual({ is: 'rejected', retryAt: 1_101 })
    expect(recordFailure(circuit, limits, 1_500)).toEqual({ is: 'open', until: 2_500, failures: 4 })
    // The probe had no result.
    expect(admit(circuit, limits, 2_000)).toMatchObject({ is: 'admitted' })
  })

  it('is not kept open for longer by calls that began before', () => {
    const open = fail(closedCircuit, 0, 3)
    expect(fail(open, 900)).toEqual({ is: 'open', until: 1_000, failures: 4 })
  })

  it('admits only probes while all calls fail, one in each period', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), (gaps) => {
        let circuit: CircuitState = closedCircuit
        let now = 0
        const passed: number[] = []
        for (const gap of gaps) {
          now += gap
          const admission = admit(circuit, limits, now)
          if (admission.is === 'rejected') {
            expect(admission.retryAt).toBeGreaterThan(now)
            continue
          }
          passed.push(now)
          circuit = recordFailure(admission.circuit, limits, now)
        }
        const probes = passed.slice(limits.maxFailures - 1)
        for (const [n, at] of probes.entries()) {
          if (n > 0) expect(at - (probes[n - 1] ?? 0)).toBeGreaterThanOrEqual(limits.openDurationMs)
        }
      }),
    )
  })
})

describe('a reserving rate limiter', () => {
  it('reserves slots one after the other, and honours each', () => {
    const pace = new ReservingRateLimiter({ perSecond: 10, burst: 1 }, 0)
    expect(pace.acquire(0)).toEqual({ is: 'taken' })
    const places = Array.from({ length: 20 }, () => pace.acquire(0))
    const times = places.map((place) => (place.is === 'reserved' ? place.at : Number.NaN))
    expect(times.slice(0, 3)).toEqual([101, 201, 301])
    for (const at of times) expect(pace.acquire(at)).toEqual({ is: 'taken' })
  })

  it('reserves none beyond five minutes', () => {
    const pace = new ReservingRateLimiter({ perSecond: 1, burst: 1 }, 0)
    const places = Array.from({ length: 400 }, () => pace.acquire(0).is)
    expect(places.filter((is) => is === 'reserved')).toHaveLength(300)
    expect(pace.acquire(0)).toEqual({ is: 'full', at: 300_000 })
  })
})

describe('a guarded channel', () => {
  let now: number
  let outcome: DeliveryResult | Error
  let asked: string[]
  let channel: GuardedChannel
  beforeEach(() => {
    now = 0
    outcome = { outcome: 'accepted' }
    asked = []
    channel = made()
  })

  function made(rate?: { perSecond: number; burst: number }): GuardedChannel {
    const inner = defineContactChannel({
      name: 'test',
      address: z.object({ host: z.string() }),
      endpoint: ({ host }) => host,
      async deliver(_notice, { host }) {
        asked.push(host)
        if (outcome instanceof Error) throw outcome
        return outcome
      },
    })
    return withGuard(inner, { now: () => now, ...(rate && { rate }) })
  }

  const deliver = (host = 'a'): Promise<DeliveryResult> =>
    channel.address === undefined ? channel.deliver(notice) : channel.deliver(notice, { host })

  it('is not called after five failures, then probed once, and used again when that succeeds', async () => {
    outcome = new Error('on fire')
    for (let n = 0; n < 5; n++) await expect(deliver()).rejects.toThrow('on fire')
    const held = {
      outcome: 'not_attempted',
      by: 'open_circuit',
      retryAt: circuitBreakerLimits.openDurationMs,
    }
    expect(await deliver()).toEqual(held)
    expect(channel.status()).toEqual({ name: 'test', openCircuits: 1, lastError: 'Error: on fire' })
    now = circuitBreakerLimits.openDurationMs
    outcome = { outcome: 'accepted' }
    expect(await Promise.all([deliver(), deliver()])).toEqual([
      outcome,
      { outcome: 'not_attempted', by: 'open_circuit', retryAt: now + circuitBreakerLimits.probeRecheckMs },
    ])
    expect(await deliver()).toEqual(outcome)
    expect(asked).toHaveLength(7)
    expect(channel.status()).toEqual({ name: 'test', openCircuits: 0 })
  })

  it('calls other endpoints while one fails', async () => {
    outcome = new Error('on fire')
    for (let n = 0; n < 5; n++) await deliver('a').catch(() => {})
    outcome = { outcome: 'accepted' }
    expect(await deliver('a')).toMatchObject({ outcome: 'not_attempted' })
    expect(await deliver('b')).toEqual(outcome)
  })

  it('does not count rejected notices as failures', async () => {
    outcome = { outcome: 'rejected', reason: 'no' }
    for (let n = 0; n < 10; n++) expect(await deliver()).toEqual(outcome)
    expect(channel.status()).toEqual({ name: 'test', openCircuits: 0 })
  })

  it('keeps to its rate limit, and uses no token while the circuit is open', async () => {
    channel = made({ perSecond: 10, burst: 6 })
    outcome = new Error('on fire')
    for (let n = 0; n < 5; n++) await deliver().catch(() => {})
    for (let n = 0; n < 20; n++) expect(await deliver()).toMatchObject({ by: 'open_circuit' })
    outcome = { outcome: 'accepted' }
    expect(await deliver('b')).toEqual(outcome)
    expect(await deliver('b')).toEqual({ outcome: 'not_attempted', by: 'rate_limit', retryAt: 101 })
    expect(await deliver('b')).toEqual({ outcome: 'not_attempted', by: 'rate_limit', retryAt: 201 })
    now = 101
    expect(await deliver('b')).toEqual(outcome)
  })
})

it('rejects after the timeout', async () => {
  vi.useFakeTimers()
  try {
    const asking = withDeadline(deliveryTimeoutMs, new Promise(() => {}), () => new Error('too late'))
    const rejection = expect(asking).rejects.toThrow('too late')
    await vi.advanceTimersByTimeAsync(deliveryTimeoutMs)
    await rejection
    expect(await withDeadline(deliveryTimeoutMs, Promise.resolve(1), () => new Error('too late'))).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
