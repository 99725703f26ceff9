import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { topics } from '../../contract/topics.ts'
import { JournalFencedError } from '../../store/journal/journal.ts'
import { defaultIngestLimits } from '../decode/ingest-limits.ts'
import type { InboundMessage } from '../gateway.ts'
import { openTestJournal, type TestJournal, withOverrides } from '../testing/test-journal.ts'
import { testKinds } from '../testing/test-kinds.ts'
import { type Acceptance, type AcceptanceOptions, createAcceptance } from './acceptance.ts'
import type { Counts } from './commit-batch.ts'
import { AcceptanceBusyError, AcceptanceStoppedError } from './pending-work.ts'

const now = Date.UTC(2026, 10, 22)
const names = topics('pm/v1')
let store: TestJournal

beforeEach(async () => {
  store = await openTestJournal()
})

afterEach(() => store.remove())

async function started(options: Partial<AcceptanceOptions> = {}): Promise<Acceptance> {
  let ids = 0
  const acceptance = createAcceptance({
    journal: store.journal,
    kinds: testKinds,
    topics: names,
    now: () => now,
    newId: () => `q-${++ids}`,
    registrationMode: 'open',
    ...options,
  })
  await acceptance.start()
  return acceptance
}

function message(topic: string, payload: unknown, clientId?: string): InboundMessage {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  return { topic, payload: Buffer.from(text), ...(clientId === undefined ? {} : { clientId }) }
}

function announce(device: string, kind = 'phone'): InboundMessage {
  return message(names.state(device), { state: 'online', kind })
}

function reading(device: string, seq: number, values: object = { battery_temp_c: 20 }): InboundMessage {
  return message(names.telemetry(device), { ts: now, values, boot: 1, seq })
}

async function quarantined(): Promise<string[]> {
  return (await store.entries()).flatMap((entry) => (entry.type === 'quarantined' ? [entry.reason] : []))
}

describe('what is accepted', () => {
  test('is in the journal when it is acknowledged, in the order of arrival', async () => {
    const { accept } = await started()
    const event = { ts: now, event: 'part_replaced', component: 'battery' }
    await Promise.all([
      accept(announce('d-1')),
      accept(reading('d-1', 1)),
      accept(message(names.event('d-1'), event)),
      accept(message(names.state('d-1'), 'lost')),
      accept(message(names.receipt('u-1', 'n-1'), 'read')),
    ])
    const receivedAt = now
    expect(await store.entries()).toEqual([
      { type: 'device', receivedAt, device: { id: 'd-1', kind: 'phone' } },
      { type: 'presence', receivedAt, device: 'd-1', state: 'online' },
      {
        type: 'reading',
        receivedAt,
        reading: { device: 'd-1', ts: now, values: { battery_temp_c: 20 }, boot: 1, seq: 1 },
      },
      { type: 'event', receivedAt, device: 'd-1', ...event },
      { type: 'heard', receivedAt, device: 'd-1' },
      { type: 'presence', receivedAt, device: 'd-1', state: 'lost' },
      { type: 'receipt', receivedAt, user: 'u-1', notice: 'n-1', status: 'read' },
    ])
  })

  test('of an array is everything but the bad readings', async () => {
    const acceptance = await started()
    await acceptance.accept(announce('d-1'))
    const values = { battery_temp_c: 20 }
    const array = [
      { ts: now, values },
      { ts: now / 1000, values },
      { ts: now + 1, values },
      { ts: now + 2, values: { battery_temp_c: 200 } },
    ]
    await acceptance.accept(message(names.telemetry('d-1'), array))
    expect(await quarantined()).toEqual(['ts_in_seconds', 'out_of_range'])
    expect(acceptance.info().counts).toMatchObject({ received: 4, stored: 2, quarantined: 2 })
  })

  test('is known again after a restart: devices, readings and events', async () => {
    const event = message(names.event('d-1'), { ts: now, event: 'part_replaced', component: 'battery' })
    const first = await started()
    for (const each of [announce('d-1'), reading('d-1', 1), event]) await first.accept(each)
    await first.stop()
    const before = await store.entries()

    const second = await started()
    await second.accept(reading('d-1', 1))
    await second.accept(event)
    expect(await store.entries()).toEqual([...before, { type: 'heard', receivedAt: now, device: 'd-1' }])
    expect(second.info()).toMatchObject({ devices: 1, counts: { received: 1, duplicate: 1, messages: 1 } })
  })
})

describe('what is rejected', () => {
  test.each([
    ['a reading of an unknown device', reading('d-9', 1), 'unknown_device'],
    ['presence of an unknown device', message(names.state('d-9'), 'lost'), 'unknown_device'],
    [
      'an event of an unknown device',
      message(names.event('d-9'), { ts: now, event: 'error' }),
      'unknown_device',
    ],
    ['a kind that does not exist', announce('d-9', 'toaster'), 'unknown_kind'],
    ['an unknown metric', reading('d-1', 1, { colour: 1 }), 'unknown_metric'],
    ['a metric named like a method', reading('d-1', 1, { constructor: 1 }), 'unknown_metric'],
    ['a value out of range', reading('d-1', 1, { battery_temp_c: 91 }), 'out_of_range'],
    ['what is no topic', message('pm/v1/devices/d-1/weather', '{}'), 'unknown_topic'],
    ['no JSON', message(names.telemetry('d-1'), '\0 hello'), 'not_json'],
  ])('%s', async (_what, sent, reason) => {
    const acceptance = await started()
    await acceptance.accept(announce('d-1'))
    await acceptance.accept(sent)
    const last = (await store.entries()).findLast(({ type }) => type === 'quarantined')
    expect(last).toMatchObject({ id: 'q-1', reason, topic: sent.topic })
    const counts = { received: 1, quarantined: 1, [`quarantined.${reason}`]: 1, messages: 1 }
    expect(acceptance.info().counts).toMatchObject(counts)
    expect(await store.journal.tally()).toEqual(acceptance.info().counts)
  })

  test('a registered device that publishes for another one, but no gateway', async () => {
    const { accept } = await started()
    for (const each of [announce('d-1'), announce('d-2')]) await accept(each)
    await accept({ ...reading('d-1', 1), clientId: 'd-2' })
    await accept({ ...announce('d-1'), clientId: 'd-2' })
    await accept({ ...message(names.state('d-1'), 'lost'), clientId: 'd-2' })
    expect(await quarantined()).toEqual(['foreign_topic', 'foreign_topic', 'foreign_topic'])
    await accept({ ...reading('d-1', 1), clientId: 'gateway-7' })
    await accept({ ...reading('d-1', 2), clientId: 'd-1' })
    expect(await quarantined()).toHaveLength(3)
  })

  test('new devices, where registration is closed', async () => {
    await (await started()).accept(announce('d-1'))
    const { accept } = await started({ registrationMode: 'closed' })
    for (const each of [announce('d-1'), announce('d-2')]) await accept(each)
    expect(await quarantined()).toEqual(['registration_closed'])
  })

  test('is kept in full, whatever bytes it has', async () => {
    const { accept } = await started()
    const text = `\0${'é'.repeat(100_000)}`
    await accept({ ...message(names.telemetry('d-1'), text), clientId: 'c-1' })
    await accept({ topic: names.telemetry('d-1'), payload: Buffer.from([0xff, 0, 0x7b]) })
    const [first, second] = await store.entries()
    expect(first).toMatchObject({ payload: text, client: 'c-1', device: 'd-1' })
    expect(second).toMatchObject({ payload: '/wB7', payloadEncoding: 'base64' })
  })

  test('of an array is each bad reading as it was sent', async () => {
    const { accept } = await started()
    await accept(announce('d-1'))
    const bad = '{"ts": 1e999, "values": {"battery_temp_c": 12345678901234567890}}'
    await accept(message(names.telemetry('d-1'), `[${bad}, {"ts":${now},"values":{"battery_temp_c":20}}, 5]`))
    const rejected = (await store.entries()).filter((entry) => entry.type === 'quarantined')
    expect(rejected).toMatchObject([
      { payload: bad, kind: 'phone' },
      { payload: '5', kind: 'phone' },
    ])
  })

  test('names the kind that a rejected announcement names', async () => {
    await (await started()).accept(announce('d-9', 'toaster'))
    expect(await store.entries()).toMatchObject([{ reason: 'unknown_kind', kind: 'toaster', device: 'd-9' }])
  })
})

describe('two copies of a reading', () => {
  test('in flight at once are stored once, and neither is acknowledged before that', async () => {
    const acceptance = await started()
    await acceptance.accept(announce('d-1'))
    const storedWhenAcknowledged = async (): Promise<number> => {
      await acceptance.accept(reading('d-1', 1))
      return (await store.entries()).filter((entry) => entry.type === 'reading').length
    }
    expect(await Promise.all([storedWhenAcknowledged(), storedWhenAcknowledged()])).toEqual([1, 1])
    expect(acceptance.info().counts).toMatchObject({ received: 2, stored: 1, duplicate: 1 })
  })

  test('are both new when the first could not be written', async () => {
    const { journal } = store
    const append = vi.fn(journal.append.bind(journal))
    const acceptance = await started({ journal: withOverrides(journal, { append }) })
    append.mockRejectedValueOnce(new JournalFencedError('taken over'))
    await expect(acceptance.accept(announce('d-1'))).rejects.toThrow(JournalFencedError)
    expect(acceptance.info()).toMatchObject({ devices: 0, pending: 0, counts: {} })

    await acceptance.accept(announce('d-1'))
    append.mockRejectedValueOnce(new JournalFencedError('taken over'))
    await expect(acceptance.accept(reading('d-1', 1))).rejects.toThrow(JournalFencedError)
    await acceptance.accept(reading('d-1', 1))
    expect(acceptance.info().counts).toMatchObject({ received: 1, stored: 1 })
  })
})

describe('limits', () => {
  test('of what is known: devices that are too many are rejected, those that are known go on', async () => {
    const acceptance = await started({ limits: { ...defaultIngestLimits, devices: 3, devicesPerClient: 2 } })
    for (const id of ['d-1', 'd-2', 'd-3']) await acceptance.accept({ ...announce(id), clientId: 'gateway' })
    for (const id of ['d-4', 'd-5', 'd-1']) await acceptance.accept(announce(id))
    const rejected = (await store.entries()).filter((entry) => entry.type === 'quarantined')
    expect(rejected).toMatchObject([
      { reason: 'too_many_devices', device: 'd-3', detail: expect.stringContaining('this client') },
      {
        reason: 'too_many_devices',
        device: 'd-5',
        detail: expect.stringContaining('3 devices are registered'),
      },
    ])
    expect(acceptance.info()).toMatchObject({ devices: 3, counts: { messages: 4, quarantined: 2 } })
  })

  test('of garbage: none. All of it is kept', async () => {
    const acceptance = await started()
    const garbage = { ...message(names.telemetry('d-1'), {}), clientId: 'd-1' }
    await Promise.all(Array.from({ length: 30_000 }, () => acceptance.accept(garbage)))
    const { counts } = acceptance.info()
    expect(counts).toMatchObject({ received: 30_000, quarantined: 30_000 })
    expect(await store.entries()).toHaveLength(30_000)
    expect(await store.journal.tally()).toEqual(counts)
  })
})

describe('a full journal', () => {
  const signal = new AbortController().signal

  beforeEach(async () => {
    await store.remove()
    store = await openTestJournal(20_000)
  })

  /** Send readings until one is not acknowledged. */
  async function fill(acceptance: Acceptance): Promise<{ sent: number; held: Promise<void> }> {
    await acceptance.accept(announce('d-1'))
    for (let seq = 0; ; seq += 50) {
      const readings = Array.from({ length: 50 }, (_, i) => ({
        ts: now,
        values: { battery_temp_c: 20 },
        boot: 1,
        seq: seq + i,
      }))
      let settled = false
      const held = acceptance.accept(message(names.telemetry('d-1'), readings)).finally(() => {
        settled = true
      })
      const settledOrFull = () => settled || acceptance.info().backpressure !== undefined
      await vi.waitUntil(settledOrFull, { interval: 2, timeout: 20_000 })
      if (!settled) return { sent: seq + 50, held }
    }
  }

  test('holds back acknowledgements until its consumers have caught up, and drops nothing', async () => {
    const consumer = await store.journal.consumer('slow', 'telemetry')
    const acceptance = await started()
    const { sent, held } = await fill(acceptance)
    const resent = acceptance.accept(reading('d-1', sent - 1))

    let seen = 0
    const read = async (): Promise<void> => {
      const batch = await consumer.read(await consumer.cursor(), 1_000, signal)
      seen += batch.entries.filter((entry) => entry.type === 'reading').length
      await consumer.commit({ cursor: batch.next })
    }
    // The copy needs space for its sign of life, so the consumer reads on until both are acknowledged.
    let isSettled = false
    const settled = Promise.all([held, resent]).finally(() => {
      isSettled = true
    })
    while (!isSettled) {
      const { head } = (await store.journal.info()).streams.telemetry
      if ((await consumer.cursor()) < head) await read()
      else await new Promise(setImmediate)
    }
    await settled
    while (seen < sent) await read()

    expect(seen).toBe(sent)
    expect(acceptance.info()).toMatchObject({
      pending: 0,
      counts: { received: sent + 1, stored: sent, duplicate: 1 },
    })
  })

  test('does not keep the process from stopping: what waits is rejected, and new when it comes again', async () => {
    const consumer = await store.journal.consumer('slow', 'telemetry')
    const acceptance = await started()
    const { sent, held } = await fill(acceptance)
    const rejected = expect(held).rejects.toThrow(AcceptanceStoppedError)
    await acceptance.stop()
    await rejected
    await expect(acceptance.accept(reading('d-1', 0))).rejects.toThrow(AcceptanceStoppedError)

    await consumer.commit({ cursor: (await store.journal.info()).streams.telemetry.head })
    const next = await started()
    await next.accept(reading('d-1', sent - 1))
    expect(next.info().counts).toMatchObject({ stored: 1 })
  })

  test('does not fill the memory', async () => {
    await store.journal.consumer('slow', 'telemetry')
    const acceptance = await started()
    const { held } = await fill(acceptance)
    const large = { topic: names.telemetry('d-1'), payload: Buffer.alloc(500_000) }
    const answers = Array.from({ length: 150 }, () => acceptance.accept(large))
    const settled = Promise.allSettled([held, ...answers])
    await expect(answers.at(-1)).rejects.toThrow(AcceptanceBusyError)
    await acceptance.stop()
    const results = await settled
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
  })
})

function sumOfValues(counts: Counts): number {
  const outcomes = ['stored', 'duplicate', 'quarantined', 'ignored'] as const
  return outcomes.reduce((sum, outcome) => sum + (counts[`values.${outcome}`] ?? 0), 0)
}

describe('the counters', () => {
  const anyDevice = fc.constantFrom('d-1', 'd-2', 'd-3')
  const anyReading = fc.record({
    ts: fc.constantFrom(now, now - 1, `${now}`, undefined, now / 1000, 0, now * 2, 'now'),
    values: fc.oneof(
      fc.constantFrom({}, 5),
      fc.dictionary(
        fc.constantFrom('battery_temp_c', 'battery_health_pct', 'charging', 'mode', 'colour', 'debug_1'),
        fc.constantFrom(20, 21, 200, true, null, '20', 'idle', { a: 1 }),
      ),
    ),
    boot: fc.constantFrom(undefined, null, 1, 2),
    seq: fc.constantFrom(undefined, 1, 2, 3, -1),
    hist: fc.constantFrom(undefined, true, 1, 'yes'),
  })
  const anyPayload = fc.oneof(
    anyReading,
    fc.array(anyReading, { maxLength: 5 }),
    fc.constantFrom('', '{', 'null'),
  )
  const anyTelemetry = fc
    .tuple(anyDevice, anyPayload, fc.constantFrom(undefined, 'd-1', 'gateway'))
    .map(([device, payload, clientId]) => message(names.telemetry(device), payload, clientId))
  const anyAnnouncement = fc
    .tuple(anyDevice, fc.constantFrom('phone', 'toaster'))
    .map(([device, kind]) => announce(device, kind))
  const anyStep = fc.record({
    messages: fc.array(fc.oneof({ weight: 5, arbitrary: anyTelemetry }, anyAnnouncement), { maxLength: 20 }),
    wait: fc.boolean(),
  })

  test('of readings and of values add up, and each is what the journal holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 5 }), async (steps) => {
        const fresh = await openTestJournal()
        try {
          const acceptance = await started({ journal: fresh.journal })
          const accepted: Promise<void>[] = []
          for (const { messages, wait } of steps) {
            for (const each of messages) accepted.push(acceptance.accept(each))
            if (wait) await Promise.all(accepted)
          }
          await Promise.all(accepted)

          const { counts } = acceptance.info()
          const { received = 0, stored = 0, duplicate = 0, quarantined: rejected = 0 } = counts
          expect(received).toBe(stored + duplicate + rejected)
          expect(sumOfValues(counts)).toBe(counts['values.received'] ?? 0)
          expect(await fresh.journal.tally()).toEqual(counts)
          const entries = await fresh.entries()
          expect(entries.filter(({ type }) => type === 'reading')).toHaveLength(stored)
          const storedValues = entries.flatMap((entry) => {
            return entry.type === 'reading' ? Object.keys(entry.reading.values) : []
          })
          expect(storedValues).toHaveLength(counts['values.stored'] ?? 0)
          const kept = entries.filter(({ type }) => type === 'quarantined')
          expect(kept).toHaveLength(counts.quarantine_entries ?? 0)
          expect(kept.length).toBeGreaterThanOrEqual(rejected)
        } finally {
          await fresh.remove()
        }
      }),
      { numRuns: 50 },
    )
  })
})
