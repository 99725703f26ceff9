import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMessage } from './decode-message.ts'
import type { RawReading } from './decode-reading.ts'
import type { DecodedMessage } from './decoded-message.ts'
import { defaultIngestLimits } from './ingest-limits.ts'
import type { RejectionReason } from './rejection.ts'

const now = Date.UTC(2026, 10, 22)
const context = { prefix: 'pm/v1', now, limits: defaultIngestLimits }
const telemetry = 'pm/v1/devices/d-1/telemetry'

function say(topic: string, payload: string | Buffer): DecodedMessage {
  return decodeMessage({ topic, payload: Buffer.from(payload) }, context)
}

/** The reason for which a message, or its only reading, is rejected. */
function reasonOf(decoded: DecodedMessage): RejectionReason | 'accepted' {
  if (decoded.type === 'rejected') return decoded.rejection.reason
  const [only] = decoded.type === 'readings' ? decoded.readings : []
  return only?.type === 'rejected' ? only.rejection.reason : 'accepted'
}

function readingWith(fields: string): string {
  return `{"ts":${now},"values":{"battery_temp_c":21.5}${fields === '' ? '' : `,${fields}`}}`
}

/** The only reading of a message. */
function readingOf(payload: string): RawReading | undefined {
  const decoded = say(telemetry, payload)
  const [only] = decoded.type === 'readings' ? decoded.readings : []
  return only?.type === 'reading' ? only.reading : undefined
}

const refusedTelemetry: [string, string | Buffer, RejectionReason][] = [
  ['no JSON', 'hello', 'not_json'],
  ['a literal NaN', `{"ts":${now},"values":{"battery_temp_c":NaN}}`, 'not_json'],
  ['a literal Infinity', `{"ts":${now},"values":{"battery_temp_c":-Infinity}}`, 'not_json'],
  ['bytes', Buffer.from([0, 255, 254, 1]), 'not_json'],
  ['nothing', '', 'empty_payload'],
  ['blanks', ' \n', 'empty_payload'],
  ['an empty array', '[]', 'empty_payload'],
  ['1 MB', readingWith(`"note":"${'x'.repeat(1_000_000)}"`), 'payload_too_large'],
  ['deep arrays', '['.repeat(100_000), 'nested_too_deep'],
  [
    'deep objects in an unused field',
    readingWith(`"x":${'{"a":'.repeat(9)}1${'}'.repeat(9)}`),
    'nested_too_deep',
  ],
  ['1,001 readings', `[${Array(1_001).fill(readingWith('')).join()}]`, 'too_many_readings'],
  ['a number', '5', 'wrong_type'],
  ['null', 'null', 'wrong_type'],
  ['a word', '"online"', 'wrong_type'],
  [
    'two readings without ts',
    '[{"values":{"battery_temp_c":1}},{"values":{"battery_temp_c":2}}]',
    'ts_missing',
  ],
  ['no values', `{"ts":${now}}`, 'wrong_type'],
  ['no metric', `{"ts":${now},"values":{}}`, 'wrong_type'],
  ['values as an array', `{"ts":${now},"values":[1]}`, 'wrong_type'],
  ['an infinite ts', `{"ts":1e999,"values":{"battery_temp_c":1}}`, 'not_finite'],
  ['seconds', `{"ts":${now / 1000},"values":{"battery_temp_c":1}}`, 'ts_in_seconds'],
  ['before 1970', `{"ts":-1760000000000,"values":{"battery_temp_c":1}}`, 'ts_ancient'],
  ['1999', `{"ts":${Date.UTC(1999, 11, 31)},"values":{"battery_temp_c":1}}`, 'ts_ancient'],
  ['the year 2100', `{"ts":${Date.UTC(2100, 0, 1)},"values":{"battery_temp_c":1}}`, 'ts_future'],
  ['11 minutes ahead', `{"ts":${now + 660_000},"values":{"battery_temp_c":1}}`, 'ts_future'],
]

describe('telemetry', () => {
  test.each(refusedTelemetry)('%s is rejected', (_what, payload, reason) => {
    expect(reasonOf(say(telemetry, payload))).toBe(reason)
  })

  test('is decoded with all its fields, and without unknown ones', () => {
    const decoded = say(telemetry, readingWith('"boot":3,"seq":1412,"hist":true,"colour":"red"'))
    expect(decoded).toEqual({
      type: 'readings',
      device: 'd-1',
      readings: [
        {
          type: 'reading',
          reading: {
            device: 'd-1',
            ts: now,
            values: { battery_temp_c: 21.5 },
            boot: 3,
            seq: 1412,
            hist: true,
          },
        },
      ],
    })
  })

  test.each([
    ['null', '"boot":null,"seq":null,"hist":null', {}],
    ['hist as 1', '"hist":1', { hist: true }],
    ['hist as 0', '"hist":0', { hist: false }],
  ])('%s in place of a counter or flag', (_what, fields, expected) => {
    const reading = { device: 'd-1', ts: now, values: { battery_temp_c: 21.5 }, ...expected }
    expect(say(telemetry, readingWith(fields))).toMatchObject({ readings: [{ type: 'reading', reading }] })
    expect(readingOf(readingWith(fields))).toEqual(reading)
  })

  test.each([
    ['boot', '-1'],
    ['seq', '1.5'],
    ['seq', '1e30'],
    ['boot', '"3"'],
    ['hist', '"yes"'],
  ])('an invalid %s is reported, and the reading is taken without it', (field, value) => {
    const decoded = say(telemetry, readingWith(`"${field}":${value}`))
    const [only] = decoded.type === 'readings' ? decoded.readings : []
    expect(only).toMatchObject({
      type: 'reading',
      invalidFields: [{ field, rejection: { reason: 'wrong_type', detail: expect.stringContaining(field) } }],
    })
    expect(readingOf(readingWith(`"${field}":${value}`))).not.toHaveProperty(field)
  })

  test('without ts it was measured at its receipt, and says so', () => {
    const expected = { ts: now, tsFrom: 'receipt', values: { a: 1 } }
    for (const payload of ['{"values":{"a":1}}', '{"ts":null,"values":{"a":1}}', '[{"values":{"a":1}}]']) {
      expect(readingOf(payload)).toMatchObject(expected)
    }
  })

  test('without ts, kept by a broker from earlier, its time is unknown', () => {
    const payload = Buffer.from('{"values":{"a":1}}')
    expect(reasonOf(decodeMessage({ topic: telemetry, payload, retained: true }, context))).toBe('ts_missing')
  })

  test('a byte order mark is ignored', () => {
    expect(reasonOf(say(telemetry, `\ufeff${readingWith('')}`))).toBe('accepted')
    expect(say('pm/v1/devices/d-1/state', '\ufeffonline')).toMatchObject({ state: 'online' })
  })

  test('one bad reading in an array leaves the others', () => {
    const decoded = say(telemetry, `[${readingWith('')},{"ts":1e999},${readingWith('')}]`)
    const types = decoded.type === 'readings' ? decoded.readings.map((each) => each.type) : []
    expect(types).toEqual(['reading', 'rejected', 'reading'])
  })

  test('1,000 readings, and clocks 10 minutes ahead, are fine', () => {
    const ahead = `{"ts":${now + 600_000},"values":{"battery_temp_c":1}}`
    const decoded = say(telemetry, `[${Array(1_000).fill(ahead).join()}]`)
    expect(decoded.type === 'readings' && decoded.readings.every((each) => each.type === 'reading')).toBe(
      true,
    )
  })

  test('brackets inside of strings are no nesting', () => {
    expect(reasonOf(say(telemetry, readingWith(`"note":"${'[{'.repeat(20)}\\""`)))).toBe('accepted')
  })

  test('whatever bytes come, there is an answer', () => {
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(bytes, (payload) => {
        expect(say(telemetry, Buffer.from(payload))).toHaveProperty('type')
      }),
    )
  })
})

describe('other messages', () => {
  test.each([
    ['online', { type: 'presence', device: 'd-1', state: 'online' }],
    ['lost', { type: 'presence', device: 'd-1', state: 'lost' }],
    ['Online', { type: 'presence', device: 'd-1', state: 'online' }],
    ['offline', { type: 'presence', device: 'd-1', state: 'lost' }],
    ['Offline\n', { type: 'presence', device: 'd-1', state: 'lost' }],
    ['LOST', { type: 'presence', device: 'd-1', state: 'lost' }],
    ['"Offline"', { type: 'presence', device: 'd-1', state: 'lost' }],
    ['{"state":"OFFLINE"}', { type: 'presence', device: 'd-1', state: 'lost' }],
    [
      '{"state":"Online","kind":"phone","inUseSince":"2026-01-31T00:00:00+01:00"}',
      {
        type: 'announcement',
        device: { id: 'd-1', kind: 'phone', inUseSince: Date.UTC(2026, 0, 30, 23) },
      },
    ],
    ['{"state":"lost","kind":"phone"}', { type: 'presence', device: 'd-1', state: 'lost' }],
    ['{"state":"online"}', { type: 'presence', device: 'd-1', state: 'online' }],
    [
      '{"state":"online","kind":"phone","model":"P1","firmware":"2.1","owner":"u-1"}',
      {
        type: 'announcement',
        device: { id: 'd-1', kind: 'phone', model: 'P1', firmware: '2.1', owner: 'u-1' },
      },
    ],
  ])('state %s', (payload, expected) => {
    expect(say('pm/v1/devices/d-1/state', payload)).toEqual(expected)
  })

  test('an event', () => {
    const payload = `{"ts":${now},"event":"part_replaced","component":"battery"}`
    const expected = { type: 'event', device: 'd-1', ts: now, event: 'part_replaced', component: 'battery' }
    expect(say('pm/v1/devices/d-1/event', payload)).toEqual(expected)
  })

  test.each(['read', '{"status":"read"}'])('a receipt, %s', (payload) => {
    const expected = { type: 'receipt', user: 'u-1', notice: 'n-1', status: 'read' }
    expect(say('pm/v1/users/u-1/notices/n-1/receipt', payload)).toEqual(expected)
  })

  test.each([
    ['pm/v1/devices/d-1/state', '{"state":"asleep"}', 'wrong_type'],
    ['pm/v1/devices/d-1/state', 'gone', 'not_json'],
    ['pm/v1/devices/d-1/state', '{"state":"online","kind":"pho\\u0000ne"}', 'wrong_type'],
    ['pm/v1/devices/d-1/event', `{"ts":${now}}`, 'wrong_type'],
    ['pm/v1/devices/d-1/event', '{"ts":0,"event":"error"}', 'ts_clock_default'],
    ['pm/v1/devices/d-1/event', '{"event":"error"}', 'ts_missing'],
    ['pm/v1/devices/d-1/event', '{"ts":1790000000,"event":"error"}', 'ts_in_seconds'],
    ['pm/v1/devices/d-1/state', '{"state":"online","kind":"phone","inUseSince":1e20}', 'ts_future'],
    ['pm/v1/devices/d-1/state', '{"state":"online","kind":"phone","inUseSince":-1}', 'ts_ancient'],
    ['pm/v1/devices/d-1/state', '{"state":"online","kind":"phone","inUseSince":4102444800000}', 'ts_future'],
    ['pm/v1/devices/d-1/state', '{"state":"online","kind":"phone","inUseSince":1700000000}', 'ts_in_seconds'],
    [
      'pm/v1/devices/d-1/state',
      '{"state":"online","kind":"phone","inUseSince":946684800000}',
      'ts_clock_default',
    ],
    ['pm/v1/devices/d-1/state', '{"state":"online","kind":"phone","inUseSince":{}}', 'wrong_type'],
    ['pm/v1/users/u-1/notices/n-1/receipt', 'seen', 'wrong_type'],
    ['pm/v1/users/u-1/notices/n-1/receipt', '', 'empty_payload'],
    ['pm/v1/users/u-1/notices', '{}', 'unknown_topic'],
    ['pm/v1/devices/d-1/firmware', '{}', 'unknown_topic'],
    ['pm/v1/devices/d-1/telemetry/more', '{}', 'unknown_topic'],
    ['pm/v1/devices//telemetry', '{}', 'unknown_topic'],
    ['pm/v1/devices/a b/telemetry', '{}', 'unknown_topic'],
    [`pm/v1/devices/${'x'.repeat(129)}/telemetry`, '{}', 'unknown_topic'],
    ['pm/v1/', '{}', 'unknown_topic'],
  ])('%s with %s is rejected', (topic, payload, reason) => {
    expect(reasonOf(say(topic, payload))).toBe(reason)
  })
})
