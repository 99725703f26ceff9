import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { names, startTestAcceptance } from '../testing/test-acceptance.ts'
import { openTestJournal, type TestJournal } from '../testing/test-journal.ts'
import { createTestKinds, testKinds } from '../testing/test-kinds.ts'
import { announce, testTime as now } from '../testing/test-messages.ts'
import type { Acceptance } from './acceptance.ts'

let store: TestJournal
let acceptance: Acceptance

beforeEach(async () => {
  store = await openTestJournal()
  acceptance = await startAcceptance()
})

afterEach(() => store.remove())

async function startAcceptance(kinds = testKinds): Promise<Acceptance> {
  const created = await startTestAcceptance({ journal: store.journal, kinds, now: () => now })
  await created.accept(announce('d-1'))
  return created
}

async function send(payload: object, device = 'd-1'): Promise<void> {
  await acceptance.accept({ topic: names.telemetry(device), payload: Buffer.from(JSON.stringify(payload)) })
}

const storedValues = async () => (await store.entriesOf('reading')).map(({ reading }) => reading.values)

describe('an invalid value', () => {
  test.each([
    ['out of range', -127, 'out_of_range', 'battery_temp_c is -127; -40 to 90 is allowed'],
    ['null', null, 'wrong_type', 'leave it out'],
    ['text', 'NaN', 'wrong_type', 'a number is expected'],
    ['a number as text', '20.5', 'wrong_type', 'send a number without quotes, or set accepts_text'],
    ['true', true, 'wrong_type', 'a number is expected'],
    ['nested', { value: 20 }, 'wrong_type', 'a number is expected'],
    ['a list', [20], 'wrong_type', 'a number is expected'],
  ])('%s is quarantined by itself, and the rest stored', async (_what, value, reason, detail) => {
    await send({ ts: now, values: { battery_health_pct: 90, battery_temp_c: value }, boot: 1, seq: 2 })
    expect(await storedValues()).toEqual([{ battery_health_pct: 90 }])
    const [entry] = await store.entriesOf('quarantined')
    expect(entry).toMatchObject({
      device: 'd-1',
      metric: 'battery_temp_c',
      reason,
      detail: expect.stringContaining(detail),
      payload: JSON.stringify({ ts: now, values: { battery_temp_c: value }, boot: 1, seq: 2 }),
    })
    expect(acceptance.info().counts).toMatchObject({
      received: 1,
      stored: 1,
      stored_in_part: 1,
      'values.received': 2,
      'values.stored': 1,
      'values.quarantined': 1,
      [`values.quarantined.${reason}`]: 1,
    })
    expect(acceptance.info().counts).not.toHaveProperty('quarantined')
  })

  test('beyond the range of numbers is quarantined by itself', async () => {
    const payload = Buffer.from(`{"ts":${now},"values":{"battery_health_pct":90,"battery_temp_c":1e999}}`)
    await acceptance.accept({ topic: names.telemetry('d-1'), payload })
    expect(await storedValues()).toEqual([{ battery_health_pct: 90 }])
    expect(await store.entriesOf('quarantined')).toMatchObject([
      { metric: 'battery_temp_c', reason: 'not_finite' },
    ])
  })

  test('is quarantined with its reading where there is no valid one', async () => {
    await send({ ts: now, values: { battery_temp_c: -127, colour: 3 } })
    expect(await store.entriesOf('reading')).toEqual([])
    const [entry, ...others] = await store.entriesOf('quarantined')
    expect(others).toEqual([])
    expect(entry).toMatchObject({ reason: 'out_of_range' })
    expect(entry).not.toHaveProperty('metric')
    expect(acceptance.info().counts).toMatchObject({ quarantined: 1, 'values.quarantined': 2 })
  })

  test('does not make a resent reading new', async () => {
    const reading = { ts: now, values: { battery_health_pct: 90, battery_temp_c: null } }
    await send(reading)
    await send(reading)
    expect(acceptance.info().counts).toMatchObject({ stored: 1, duplicate: 1, 'values.duplicate': 1 })
  })

  test('of very many in one reading has an entry of its own up to the 32nd; the others share one', async () => {
    acceptance = await startAcceptance(createTestKinds({ unknown: 'quarantine' }))
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`m${n}`, n]))
    await send({ ts: now, values: { battery_health_pct: 90, ...many } })
    const entries = await store.entriesOf('quarantined')
    expect(entries).toHaveLength(33)
    expect(entries.at(-1)).toMatchObject({
      detail: expect.stringContaining('67 more values'),
      payload: expect.stringContaining('"m99":99'),
    })
    expect(acceptance.info().counts).toMatchObject({ 'values.quarantined': 100, 'values.stored': 1 })
  })
})

describe('a metric that the kind does not have', () => {
  test('is left out, counted, and reported once per device, with the name that may be meant', async () => {
    for (let n = 0; n < 3; n++) {
      await send({ ts: now + n, values: { battery_temp_c: 20, battery_helth_pct: 90 } })
    }
    expect(await storedValues()).toEqual(Array(3).fill({ battery_temp_c: 20 }))
    expect(await store.entriesOf('quarantined')).toMatchObject([
      {
        device: 'd-1',
        metric: 'battery_helth_pct',
        reason: 'unknown_metric',
        detail: expect.stringContaining('did you mean battery_health_pct?'),
        payload: `{"ts":${now},"values":{"battery_helth_pct":90}}`,
      },
    ])
    expect(acceptance.info().counts).toMatchObject({ stored: 3, 'values.ignored': 3, 'values.stored': 3 })
    expect(acceptance.info().counts).not.toHaveProperty('stored_in_part')
  })

  test('is a value like any other invalid one where the kind says so', async () => {
    acceptance = await startAcceptance(createTestKinds({ unknown: 'quarantine' }))
    for (let n = 0; n < 2; n++) await send({ ts: now + n, values: { battery_temp_c: 20, colour: 3 } })
    expect(await store.entriesOf('quarantined')).toMatchObject(Array(2).fill({ metric: 'colour' }))
    expect(acceptance.info().counts).toMatchObject({ stored: 2, 'values.quarantined.unknown_metric': 2 })
  })

  test('is not reported where the kind ignores it, and its reading shows that the device works', async () => {
    await send({ ts: now, values: { battery_temp_c: 20, debug_heap: 3 } })
    await send({ ts: now + 1, values: { debug_heap: 3 } })
    expect(await storedValues()).toEqual([{ battery_temp_c: 20 }, {}])
    expect(await store.entriesOf('quarantined')).toEqual([])
    expect(acceptance.info().counts).toMatchObject({ received: 2, stored: 2, 'values.ignored': 2 })
  })

  test('takes no more memory than 100 names of a device', async () => {
    for (let n = 0; n < 300; n++) await send({ ts: now + n, values: { battery_temp_c: 20, [`x${n}`]: 1 } })
    expect(await store.entriesOf('quarantined')).toHaveLength(100)
    expect(acceptance.info().counts).toMatchObject({ stored: 300, 'values.ignored': 300 })
  })
})

describe('the type of a metric', () => {
  test('may be true or false, stored as 1 and 0', async () => {
    for (const [n, charging] of [true, false, 1, 0, 'on', 2].entries()) {
      await send({ ts: now + n, values: { battery_temp_c: 20, charging } })
    }
    const stored = await storedValues()
    expect(stored.map(({ charging }) => charging)).toEqual([1, 0, 1, 0, undefined, undefined])
    expect(await store.entriesOf('quarantined')).toMatchObject(Array(2).fill({ reason: 'wrong_type' }))
  })

  test('may be one of named values, stored as its number', async () => {
    for (const [n, mode] of ['idle', 'saving', 1, 'asleep', 2, true].entries()) {
      await send({ ts: now + n, values: { battery_temp_c: 20, mode } })
    }
    const stored = await storedValues()
    expect(stored.map(({ mode }) => mode)).toEqual([0, 5, 1, undefined, undefined, undefined])
    expect(await store.entriesOf('quarantined')).toMatchObject([
      { reason: 'out_of_range', detail: 'mode is "asleep"; allowed: idle (0), active (1), saving (5)' },
      { reason: 'out_of_range' },
      { reason: 'wrong_type' },
    ])
  })

  test('may be a number that comes as text, where the kind says so', async () => {
    await send({ ts: now, values: { battery_cycles: ' 12 ' } })
    await send({ ts: now + 1, values: { battery_cycles: '1e999' } })
    expect(await storedValues()).toEqual([{ battery_cycles: 12 }])
    expect(await store.entriesOf('quarantined')).toMatchObject([{ reason: 'out_of_range' }])
  })
})

describe('a correction', () => {
  test('is stored and counted; sent again it is a duplicate', async () => {
    for (const battery_health_pct of [90, 91, 91, 90]) await send({ ts: now, values: { battery_health_pct } })
    expect(await storedValues()).toEqual([{ battery_health_pct: 90 }, { battery_health_pct: 91 }])
    expect(acceptance.info().counts).toMatchObject({ stored: 2, conflict: 1, duplicate: 2 })
  })
})

describe('an invalid counter', () => {
  test('is reported once, and its readings are stored', async () => {
    for (let n = 0; n < 3; n++) await send({ ts: now + n, values: { battery_temp_c: 20 }, boot: -1, seq: n })
    expect(await store.entriesOf('reading')).toHaveLength(3)
    await send({ ts: now, values: { battery_temp_c: 20 }, boot: -1, seq: 0 })
    expect(await store.entriesOf('quarantined')).toMatchObject([{ metric: 'boot', reason: 'wrong_type' }])
    expect(acceptance.info().counts).toMatchObject({ stored: 3, duplicate: 1, invalid_field: 3 })
  })
})

describe('a sign of life', () => {
  test('is left by what stores nothing: duplicates, quarantined messages and events, once a minute', async () => {
    const reading = { ts: now, values: { battery_temp_c: 20 } }
    await send(reading)
    expect(await store.entriesOf('heard')).toEqual([])
    await send(reading)
    await send({ ts: 1, values: { battery_temp_c: 20 } })
    expect(await store.entriesOf('heard')).toEqual([{ type: 'heard', receivedAt: now, device: 'd-1' }])
  })

  test('is not left by an unknown device, another device, a last will, nor a message kept by the broker', async () => {
    const accept = (topic: string, text: string, more = {}) =>
      acceptance.accept({ topic, payload: Buffer.from(text), ...more })
    await accept(names.state('d-2'), '{"state":"online","kind":"phone"}')
    await accept(names.telemetry('d-9'), '{}')
    await accept(names.telemetry('d-1'), '{}', { clientId: 'd-2' })
    await accept(names.state('d-1'), 'offline')
    await accept(names.state('d-1'), 'gone')
    await accept(names.telemetry('d-1'), '{}', { retained: true })
    expect(await store.entriesOf('heard')).toEqual([])
    await accept(names.state('d-1'), 'online', { retained: true })
    expect((await store.entriesOf('presence')).at(-1)).toMatchObject({ state: 'online', retained: true })
  })
})
