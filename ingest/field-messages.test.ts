import { connectAsync, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Acceptance } from './acceptance/acceptance.ts'
import type { Gateway } from './gateway.ts'
import { names } from './testing/test-acceptance.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'
import type { TestJournal } from './testing/test-journal.ts'

/** What devices and their libraries really send, over MQTT and up to the journal. */

const now = Date.now()

let ingest: TestIngest
let store: TestJournal
let acceptance: Acceptance
let gateway: Gateway
let device: MqttClient

beforeEach(async () => {
  ingest = await startTestIngest()
  ;({ store, acceptance, gateway, device } = ingest)
  await device.publishAsync(names.state('d-1'), '{"state":"online","kind":"phone"}', { qos: 1, retain: true })
})

afterEach(() => ingest.stop())

async function send(...payloads: (string | Buffer | object)[]): Promise<void> {
  for (const payload of payloads) {
    const isRaw = typeof payload === 'string' || Buffer.isBuffer(payload)
    await device.publishAsync(names.telemetry('d-1'), isRaw ? payload : JSON.stringify(payload), { qos: 1 })
  }
}

const readings = async () => (await store.entriesOf('reading')).map(({ reading }) => reading)
const reasons = async () => (await store.entriesOf('quarantined')).map(({ reason }) => reason)

describe('one broken sensor', () => {
  test.each([
    ['a disconnected probe', -127],
    ['null', null],
    ['all bits set', 255],
  ])('%s does not cost the values of the others', async (_what, value) => {
    await send({ ts: now, values: { battery_temp_c: value, battery_health_pct: 90 } })
    expect(await readings()).toEqual([{ device: 'd-1', ts: now, values: { battery_health_pct: 90 } }])
    expect(await store.entriesOf('quarantined')).toMatchObject([{ metric: 'battery_temp_c' }])
  })
})

describe('sequence numbers', () => {
  test('of eight bits start again at 0 while the device runs on', async () => {
    const seqs = [254, 255, 0, 1, 254, 255, 0, 1]
    const sent = seqs.map((seq, n) => ({ ts: now + n, values: { battery_temp_c: 20 }, boot: 1, seq }))
    await send(...sent)
    expect(acceptance.info().counts).toMatchObject({ received: 8, stored: 8 })
    await send(sent.slice(2))
    expect(acceptance.info().counts).toMatchObject({ received: 14, stored: 8, duplicate: 6 })
  })

  test('may be null, and the flag of a backlog 1', async () => {
    await send(`{"ts":${now},"values":{"battery_temp_c":20},"boot":null,"seq":null,"hist":1}`)
    expect(await readings()).toEqual([{ device: 'd-1', ts: now, values: { battery_temp_c: 20 }, hist: true }])
  })
})

test('a copy with its keys in another order is a duplicate', async () => {
  await send(
    `{"ts":${now},"values":{"battery_health_pct":90,"battery_temp_c":20}}`,
    `{"values":{"battery_temp_c":20.0,"battery_health_pct":9e1},"ts":${now}}`,
  )
  expect(acceptance.info().counts).toMatchObject({ stored: 1, duplicate: 1 })
})

test('JSON with a byte order mark is JSON', async () => {
  const text = Buffer.from(`{"ts":${now},"values":{"battery_temp_c":20}}`)
  await send(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text]))
  expect(acceptance.info().counts).toMatchObject({ stored: 1 })
})

describe('time stamps', () => {
  const values = { battery_temp_c: 20 }

  test('may be text, digits as text, a fraction, or missing', async () => {
    const iso = new Date(now - 3_000).toISOString()
    await send(
      { ts: iso, values },
      { ts: `${now - 2_000}`, values },
      { ts: now - 1_000.6, values },
      { values },
    )
    const stored = await readings()
    expect(stored.map(({ ts }) => ts)).toEqual([
      now - 3_000,
      now - 2_000,
      Math.round(now - 1_000.6),
      expect.any(Number),
    ])
    expect(stored.at(-1)).toMatchObject({ tsFrom: 'receipt' })
    expect(Math.abs((stored.at(-1)?.ts ?? 0) - now)).toBeLessThan(60_000)
  })

  test('in another unit or from another origin are named', async () => {
    const bad = [now * 1e3, now * 1e6, now / 1e3, 1_900_000_000, 86_400_000, 0, Date.UTC(2000, 0, 1, 0, 5)]
    await send(...bad.map((ts) => ({ ts, values })))
    expect(await reasons()).toEqual([
      'ts_in_microseconds',
      'ts_in_nanoseconds',
      'ts_in_seconds',
      'ts_in_seconds',
      'ts_is_uptime',
      'ts_clock_default',
      'ts_clock_default',
    ])
  })
})

test.each(['offline', 'Offline', 'LOST', '{"state":"Offline"}'])(
  'the last will %s is presence',
  async (payload) => {
    const will = { topic: names.state('d-1'), payload: Buffer.from(payload), qos: 1, retain: true } as const
    const lost = await connectAsync(gateway.info().url, { clientId: 'd-1', reconnectPeriod: 0, will })
    lost.stream.destroy()
    await vi.waitFor(async () => {
      expect((await store.entriesOf('presence')).at(-1)).toMatchObject({ device: 'd-1', state: 'lost' })
    })
    expect(await reasons()).toEqual([])
  },
)

test.each([1e20, -1, 4_102_444_800_000, 1_700_000_000, 'soon'])(
  'first use at %s is rejected',
  async (inUseSince) => {
    const announcement = JSON.stringify({ state: 'online', kind: 'phone', owner: 'bea', inUseSince })
    await device.publishAsync(names.state('d-1'), announcement, { qos: 1 })
    expect(await store.entriesOf('quarantined')).toMatchObject([
      { device: 'd-1', detail: expect.stringContaining('inUseSince is') },
    ])
    expect(await store.entriesOf('device')).toHaveLength(1)
  },
)
