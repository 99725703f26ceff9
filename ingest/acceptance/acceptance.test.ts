import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { JournalFencedError } from '../../store/journal/journal.ts'
import { defaultIngestLimits } from '../decode/ingest-limits.ts'
import { names, startTestAcceptance } from '../testing/test-acceptance.ts'
import { openTestJournal, type TestJournal, withOverrides } from '../testing/test-journal.ts'
import { announce, message, testTime as now, reading } from '../testing/test-messages.ts'
import type { AcceptanceOptions } from './acceptance.ts'
import { inboxFact } from './pending-work.ts'

let store: TestJournal

beforeEach(async () => {
  store = await openTestJournal()
})

afterEach(() => store.remove())

const started = (options: Partial<AcceptanceOptions> = {}) =>
  startTestAcceptance({ journal: store.journal, now: () => now, ...options })

async function quarantined(): Promise<string[]> {
  return (await store.entriesOf('quarantined')).map(({ reason }) => reason)
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
    const last = (await store.entriesOf('quarantined')).at(-1)
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
    const rejected = await store.entriesOf('quarantined')
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
      return (await store.entriesOf('reading')).length
    }
    expect(await Promise.all([storedWhenAcknowledged(), storedWhenAcknowledged()])).toEqual([1, 1])
    expect(acceptance.info().counts).toMatchObject({ received: 2, stored: 1, duplicate: 1 })
  })

  test('are recognised in messages with as many readings as one may have', async () => {
    const count = 4_000
    const acceptance = await started({ limits: { ...defaultIngestLimits, readingsPerPayload: count } })
    await acceptance.accept(announce('d-1'))
    const readings = Array.from({ length: count }, (_, n) => ({
      ts: now - 1_000 * n,
      values: { battery_temp_c: n % 50 },
    }))
    const sent = message(names.telemetry('d-1'), readings)
    await acceptance.accept(sent)
    await acceptance.accept(sent)
    expect(acceptance.info().counts).toMatchObject({ stored: count, duplicate: count })
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
    const rejected = await store.entriesOf('quarantined')
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

test('a message from the inbox is not stored when one before it there has failed', async () => {
  const { journal } = store
  const positions: unknown[] = []
  const append = vi.fn<typeof journal.append>(async (stream, entries, options) => {
    positions.push(options?.facts?.get(inboxFact))
    if (positions.length === 2) throw new TypeError('the commit fails')
    return journal.append(stream, entries, options)
  })
  const acceptance = await started({ journal: withOverrides(journal, { append }) })
  await acceptance.accept(announce('d-1'))
  // More than one commit holds.
  const forward = (n: number) => {
    const readings = Array.from({ length: 1_000 }, (_, i) => ({
      ts: now + n * 1_000 + i - 100_000,
      values: { battery_temp_c: 20 },
    }))
    const position = { id: `${n}`, done: 1 }
    return acceptance.acceptForwarded(message(names.telemetry('d-1'), readings), { at: now, position })
  }
  const outcomes = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(forward))
  expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('rejected'))
  expect(positions).toEqual([undefined, { id: '4', done: 1 }])
  await Promise.all([0, 1, 2, 3, 4, 5].map(forward))
  expect(positions.at(-1)).toEqual({ id: '5', done: 1 })
  expect(acceptance.info().counts).toMatchObject({ stored: 6_000 })
})
