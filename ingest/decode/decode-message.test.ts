import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMessage } from './decode-message.ts'
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

function reading(fields: string): string {
  return `{"ts":${now},"values":{"battery_temp_c":21.5}${fields === '' ? '' : `,${fields}`}}`
}

const refusedTelemetry: [string, string | Buffer, RejectionReason][] = [
  ['no JSON', 'hello', 'not_json'],
  ['a literal NaN', `{"ts":${now},"values":{"battery_temp_c":NaN}}`, 'not_json'],
  ['a literal Infinity', `{"ts":${now},"values":{"battery_temp_c":-Infinity}}`, 'not_json'],
  ['bytes', Buffer.from([0, 255, 254, 1]), 'not_json'],
  ['nothing', '', 'empty_payload'],
  ['blanks', ' \n', 'empty_payload'],
  ['an empty array', '[]', 'empty_payload'],
  ['1 MB', reading(`"note":"${'x'.repeat(1_000_000)}"`), 'payload_too_large'],
  ['deep arrays', '['.repeat(100_000), 'nested_too_deep'],
  [
    'deep objects in an unused field',
    reading(`"x":${'{"a":'.repeat(9)}1${'}'.repeat(9)}`),
    'nested_too_deep',
  ],
  ['1,001 readings', `[${Array(1_001).fill(reading('')).join()}]`, 'too_many_readings'],
  ['a number', '5', 'wrong_type'],
  ['null', 'null', 'wrong_type'],
  ['a word', '"online"', 'wrong_type'],
  ['no ts', '{"values":{"battery_temp_c":1}}', 'wrong_type'],
  ['ts as text', `{"ts":"${now}","values":{"battery_temp_c":1}}`, 'wrong_type'],
  ['a fraction of a millisecond', `{"ts":${now}.5,"values":{"battery_temp_c":1}}`, 'wrong_type'],
  ['no values', `{"ts":${now}}`, 'wrong_type'],
  ['no metric', `{"ts":${now},"values":{}}`, 'wrong_type'],
  ['values as an array', `{"ts":${now},"values":[1]}`, 'wrong_type'],
  ['a value as text', `{"ts":${now},"values":{"battery_temp_c":"NaN"}}`, 'wrong_type'],
  ['a value of null', `{"ts":${now},"values":{"battery_temp_c":null}}`, 'wrong_type'],
  ['a fraction as seq', reading('"boot":1,"seq":1.5'), 'wrong_type'],
  ['a negative boot', reading('"boot":-1,"seq":1'), 'wrong_type'],
  ['hist as text', reading('"hist":"yes"'), 'wrong_type'],
  ['an infinite value', `{"ts":${now},"values":{"battery_temp_c":1e999}}`, 'not_finite'],
  ['an infinite ts', `{"ts":1e999,"values":{"battery_temp_c":1}}`, 'not_finite'],
  ['seconds', `{"ts":${now / 1000},"values":{"battery_temp_c":1}}`, 'ts_in_seconds'],
  ['the year 1970', `{"ts":0,"values":{"battery_temp_c":1}}`, 'ts_ancient'],
  ['before 1970', `{"ts":-1760000000000,"values":{"battery_temp_c":1}}`, 'ts_ancient'],
  ['1999', `{"ts":${Date.UTC(1999, 11, 31)},"values":{"battery_temp_c":1}}`, 'ts_ancient'],
  ['the year 2100', `{"ts":${Date.UTC(2100, 0, 1)},"values":{"battery_temp_c":1}}`, 'ts_future'],
  ['11 minutes ahead', `{"ts":${now + 660_000},"values":{"battery_temp_c":1}}`, 'ts_future'],
  ['microseconds', `{"ts":${now}000,"values":{"battery_temp_c":1}}`, 'ts_future'],
  ['a key that is no key', `{"ts":${now},"values":{"battery_temp_c":1,"__proto__":1}}`, 'unknown_metric'],
]

describe('telemetry', () => {
  test.each(refusedTelemetry)('%s is rejected', (_what, payload, reason) => {
    expect(reasonOf(say(telemetry, payload))).toBe(reason)
  })

  test('is decoded with all its fields, and without unknown ones', () => {
    const decoded = say(telemetry, reading('"boot":3,"seq":1412,"hist":true,"colour":"red"'))
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

  test('one bad reading in an array leaves the others', () => {
    const decoded = say(telemetry, `[${reading('')},{"ts":1e999},${reading('')}]`)
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
    expect(reasonOf(say(telemetry, reading(`"note":"${'[{'.repeat(20)}\\""`)))).toBe('accepted')
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
    ['pm/v1/devices/d-1/event', '{"ts":0,"event":"error"}', 'ts_ancient'],
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
