import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { QuarantineEntry } from '../contract/entry.ts'
import type { RejectionReason } from './decode/rejection.ts'
import { names } from './testing/test-acceptance.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

const telemetry = names.telemetry('d-1')
const closed = vi.fn()

let ingest: TestIngest

beforeAll(async () => {
  ingest = await startTestIngest()
  ingest.device.on('close', closed)
  const state = JSON.stringify({ state: 'online', kind: 'phone' })
  for (const id of ['d-1', 'd-2']) await asGateway(names.state(id), state)
})

afterAll(() => ingest.stop())

/** Publish as a client that is no device. */
async function asGateway(topic: string, payload: string): Promise<void> {
  const client = await connectAsync(ingest.gateway.info().url, { clientId: 'gateway' })
  await client.publishAsync(topic, payload, { qos: 1, retain: true })
  await client.endAsync()
}

function decodePayload({ payload = '', payloadEncoding = undefined }: Partial<QuarantineEntry> = {}): Buffer {
  return Buffer.from(payload, payloadEncoding)
}

function reading(ts: number, values: string): string {
  return `{"ts":${ts},"values":${values}}`
}

const good = '{"battery_temp_c":20}'
const now = Date.now()

const badInput: [string, string, string | Buffer, RejectionReason][] = [
  ['no JSON', telemetry, 'hello', 'not_json'],
  ['no text', telemetry, Buffer.from([0xff, 0x00, 0xfe]), 'not_json'],
  ['nothing', telemetry, '', 'empty_payload'],
  ['1 MB', telemetry, Buffer.alloc(1_048_576, 'x'), 'payload_too_large'],
  ['deep nesting', telemetry, '['.repeat(100_000) + ']'.repeat(100_000), 'nested_too_deep'],
  ['1,001 readings', telemetry, `[${Array(1_001).fill(reading(now, good)).join()}]`, 'too_many_readings'],
  ['seconds for milliseconds', telemetry, reading(Math.floor(now / 1000), good), 'ts_in_seconds'],
  ['the year 1970', telemetry, reading(0, good), 'ts_clock_default'],
  ['the year 2100', telemetry, reading(Date.UTC(2100, 0, 1), good), 'ts_future'],
  ['NaN', telemetry, reading(now, '{"battery_temp_c":NaN}'), 'not_json'],
  ['NaN as text', telemetry, reading(now, '{"battery_temp_c":"NaN"}'), 'wrong_type'],
  ['Infinity', telemetry, reading(now, '{"battery_temp_c":1e999}'), 'not_finite'],
  ['out of range', telemetry, reading(now, '{"battery_temp_c":-41}'), 'out_of_range'],
  ['an unknown metric', telemetry, reading(now, '{"colour":1}'), 'unknown_metric'],
  ['an unknown device', names.telemetry('d-9'), reading(now, good), 'unknown_device'],
  ['wrong types', telemetry, '{"ts":"now","values":[]}', 'wrong_type'],
  ['another device’s topic', names.telemetry('d-2'), reading(now, good), 'foreign_topic'],
  ['a topic for nothing', 'pm/v1/devices/d-1/weather', '{}', 'unknown_topic'],
  ['an unknown kind', names.state('d-1'), '{"state":"online","kind":"toaster"}', 'unknown_kind'],
]

test.each(badInput)(
  '%s is quarantined with its reason, and acknowledged',
  async (_what, topic, payload, reason) => {
    const before = await ingest.store.entriesOf('quarantined')
    await ingest.device.publishAsync(topic, payload, { qos: 1 })
    const after = await ingest.store.entriesOf('quarantined')
    expect(after.length).toBe(before.length + 1)
    expect(after.at(-1)).toMatchObject({ topic, reason })
    // `toEqual` takes seconds for a megabyte.
    expect(decodePayload(after.at(-1)).equals(Buffer.from(payload))).toBe(true)
  },
)

test('the device is still connected, what it says is stored, and the counters agree', async () => {
  await ingest.device.publishAsync(telemetry, reading(now, good), { qos: 1 })
  await ingest.device.publishAsync(telemetry, reading(now, good), { qos: 1 })
  expect(closed).not.toHaveBeenCalled()
  const rejected = badInput.length
  const expected = { received: rejected + 2, stored: 1, duplicate: 1, quarantined: rejected }
  expect(ingest.acceptance.info().counts).toMatchObject(expected)
  expect(await ingest.store.journal.tally()).toMatchObject(expected)
})
