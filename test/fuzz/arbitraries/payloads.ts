import fc from 'fast-check'
import { adversarialText, anyBytes, mutatedBytes } from './bytes.ts'

/** When everything is sent, ms since 1970 UTC. */
export const fuzzNow = Date.UTC(2026, 0, 15)

const metric = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('battery_health_pct', 'battery_temp_c', 'charging', 'mode') },
  { weight: 1, arbitrary: fc.constantFrom('main_brush_rpm', '__proto__', 'constructor', 'toString', '') },
  { weight: 1, arbitrary: adversarialText },
)

/** Numbers as they may stand in JSON, and as they may not. */
const numberText = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 100 }).map(String) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '-0',
      '1e400',
      '-1e400',
      '1e-400',
      '9007199254740993',
      'NaN',
      'Infinity',
      '-Infinity',
      '0x10',
      '01',
      '.5',
      '1.',
      '1e',
      `1${'0'.repeat(400)}`,
      `0.${'3'.repeat(5_000)}`,
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('"80"', 'null', 'true', '[]', '{}', '[80]') },
)

const timeText = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: fuzzNow - 1_000_000, max: fuzzNow }).map(String) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: Math.floor(fuzzNow / 1_000) * 2 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '0',
      '-1',
      '8640000000000001',
      '1e15',
      '1e300',
      `${fuzzNow}.5`,
      `"${fuzzNow}"`,
      `"${new Date(fuzzNow).toISOString()}"`,
      '"2026-01-14T12:00:00"',
      '"2026-02-30T00:00:00Z"',
      '"0000-01-01T00:00Z"',
      'null',
    ),
  },
  { weight: 1, arbitrary: numberText },
)

const values = fc
  .array(fc.tuple(metric, numberText), { maxLength: 5 })
  .map((pairs) => `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`)

const member = fc.oneof(
  timeText.map((text) => `"ts":${text}`),
  values.map((text) => `"values":${text}`),
  numberText.map((text) => `"seq":${text}`),
  numberText.map((text) => `"boot":${text}`),
  fc.constantFrom(
    '"hist":true',
    '"hist":1',
    '"hist":null',
    '"hist":"yes"',
    '"__proto__":{"ts":1}',
    '"constructor":null',
  ),
  fc.tuple(adversarialText, fc.json({ maxDepth: 3 })).map(([key, json]) => `${JSON.stringify(key)}:${json}`),
)

const validReading = fc
  .tuple(
    // Few enough that some come twice.
    fc.integer({ min: fuzzNow - 10, max: fuzzNow }),
    fc.integer({ min: 0, max: 4 }),
    fc.nat(4),
  )
  .map(([ts, value, seq]) => `{"ts":${ts},"values":{"battery_health_pct":${value}},"boot":1,"seq":${seq}}`)

const nearlyValidReading = fc
  .tuple(timeText, values, fc.array(member, { maxLength: 4 }))
  .map(([ts, all, more]) => `{${[`"ts":${ts}`, `"values":${all}`, ...more].join(',')}}`)

const readings = fc
  .array(fc.oneof(validReading, nearlyValidReading, fc.json({ maxDepth: 2 })), { maxLength: 6 })
  .map((items) => `[${items.join(',')}]`)

const largePayload = fc.oneof(
  fc.integer({ min: 1, max: 3_000 }).map((length) => `[${Array(length).fill('{"ts":1}').join(',')}]`),
  fc.integer({ min: 1, max: 20_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.integer({ min: 1, max: 20_000 }).map((depth) => '{"a":'.repeat(depth)),
  fc.integer({ min: 1, max: 700_000 }).map((length) => `{"ts":${fuzzNow},"x":"${'y'.repeat(length)}"}`),
  fc
    .integer({ min: 1, max: 5_000 })
    .map((keys) => `{${Array.from({ length: keys }, (_, i) => `"k${i}":${i}`).join(',')}}`),
)

const announcement = fc
  .tuple(
    fc.constantFrom('online', 'lost', 'Offline', 'gone'),
    fc.constantFrom('phone', 'robot_vacuum', 'toaster', '__proto__'),
    adversarialText,
    numberText,
  )
  .map(
    ([state, kind, text, number]) =>
      `{"state":"${state}","kind":"${kind}","model":${JSON.stringify(text)},"inUseSince":${number}}`,
  )

const event = fc
  .tuple(
    timeText,
    fc.oneof(fc.constant('part_replaced'), adversarialText),
    fc.oneof(fc.constant('battery'), adversarialText),
  )
  .map(
    ([ts, name, part]) => `{"ts":${ts},"event":${JSON.stringify(name)},"component":${JSON.stringify(part)}}`,
  )

const word = fc.constantFrom(
  'online',
  'lost',
  'OFFLINE',
  '"offline"',
  'read',
  'delivered',
  '{"status":"read"}',
  '{"status":"eaten"}',
)

const text = fc.oneof(
  { weight: 4, arbitrary: validReading },
  { weight: 6, arbitrary: nearlyValidReading },
  { weight: 3, arbitrary: readings },
  { weight: 2, arbitrary: announcement },
  { weight: 2, arbitrary: event },
  { weight: 1, arbitrary: word },
  { weight: 2, arbitrary: fc.json({ maxDepth: 12 }) },
  { weight: 1, arbitrary: adversarialText },
  { weight: 1, arbitrary: nearlyValidReading.map((json) => `\ufeff${json}`) },
)

const encoded = text.map((each) => Buffer.from(each))

/** Payloads: what devices send, nearly that, and anything else. */
export const payload: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 600, arbitrary: encoded },
  { weight: 300, arbitrary: mutatedBytes(encoded) },
  { weight: 90, arbitrary: anyBytes },
  { weight: 10, arbitrary: text.map((each) => Buffer.from(each, 'utf16le')) },
  // They cost a thousand times as much as the others.
  { weight: 1, arbitrary: largePayload.map((each) => Buffer.from(each)) },
)

const id = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('d-1', 'd-2', 'd-3') },
  { weight: 1, arbitrary: fc.nat(3_000).map((n) => `new-${n}`) },
  { weight: 1, arbitrary: adversarialText },
)

/** Topics that devices and phones use, with any ids. */
export const validTopic: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: id.map((device) => `pm/v1/devices/${device}/telemetry`) },
  { weight: 2, arbitrary: id.map((device) => `pm/v1/devices/${device}/state`) },
  { weight: 2, arbitrary: id.map((device) => `pm/v1/devices/${device}/event`) },
  {
    weight: 1,
    arbitrary: fc.tuple(id, id).map(([user, notice]) => `pm/v1/users/${user}/notices/${notice}/receipt`),
  },
)

const level = fc.oneof(
  fc.constantFrom(
    'pm',
    'v1',
    'devices',
    'users',
    'd-1',
    'telemetry',
    'state',
    'event',
    'notices',
    'receipt',
    '+',
    '#',
    '',
    '$SYS',
    '$share',
  ),
  adversarialText,
)

/** Anything that may stand where a topic or a filter should. */
export const anyTopic: fc.Arbitrary<string> = fc.oneof(
  validTopic,
  fc.array(level, { maxLength: 8 }).map((levels) => levels.join('/')),
  fc.array(level, { maxLength: 5 }).map((levels) => ['pm/v1', ...levels].join('/')),
  fc.nat(70_000).map((length) => `pm/v1/devices/${'d'.repeat(length)}/telemetry`),
  fc.nat(500).map((levels) => `pm/v1/${'/'.repeat(levels)}`),
)
