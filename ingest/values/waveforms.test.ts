import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Acceptance } from '../acceptance/acceptance.ts'
import type { WaveformRule } from '../kind-catalog.ts'
import { names, startTestAcceptance } from '../testing/test-acceptance.ts'
import { openTestJournal, type TestJournal } from '../testing/test-journal.ts'
import { createTestKinds, testKinds } from '../testing/test-kinds.ts'
import { announce, testTime as now } from '../testing/test-messages.ts'

/** Its metrics are the number of the samples and the greatest one; none of ten samples. */
const motion: WaveformRule = {
  min: -50,
  max: 50,
  fewest: 4,
  most: 1_000,
  compute: (samples): Record<string, number> =>
    samples.length === 10
      ? {}
      : { battery_cycles: samples.length, battery_temp_c: 10 * Math.max(...samples) },
}

let store: TestJournal
let acceptance: Acceptance

beforeEach(async () => {
  store = await openTestJournal()
  const metrics = testKinds.rulesOf('phone')?.metrics ?? new Map()
  const kinds = createTestKinds({ metrics, waveforms: new Map([['motion', motion]]) })
  acceptance = await startTestAcceptance({ journal: store.journal, kinds, now: () => now })
  await acceptance.accept(announce('d-1'))
})

afterEach(() => store.remove())

async function send(values: object | string): Promise<void> {
  const json = typeof values === 'string' ? values : JSON.stringify(values)
  const payload = Buffer.from(`{"ts":${now},"values":${json}}`)
  await acceptance.accept({ topic: names.telemetry('d-1'), payload })
}

const storedValues = async () => (await store.entriesOf('reading')).map(({ reading }) => reading.values)

test('of a waveform its metrics are stored, and not the samples', async () => {
  await send({ battery_health_pct: 90, motion: [1, -2, 3, 0.5] })
  expect(await storedValues()).toEqual([{ battery_health_pct: 90, battery_cycles: 4, battery_temp_c: 30 }])
  expect(await store.entriesOf('quarantined')).toEqual([])
  expect(acceptance.info().counts).toMatchObject({ 'values.received': 3, 'values.stored': 3 })
})

test('the same waveform again is a duplicate', async () => {
  for (let time = 0; time < 2; time++) await send({ motion: [1, -2, 3, 0.5] })
  expect(await storedValues()).toHaveLength(1)
  expect(acceptance.info().counts).toMatchObject({ stored: 1, duplicate: 1, 'values.duplicate': 2 })
})

test('a metric that the device sends itself is stored as it was sent', async () => {
  await send({ motion: [1, -2, 3, 0.5], battery_temp_c: 31 })
  expect(await storedValues()).toEqual([{ battery_cycles: 4, battery_temp_c: 31 }])
})

test('a metric of it that is out of range is quarantined by itself', async () => {
  await send({ motion: [1, -2, 40, 0.5] })
  expect(await storedValues()).toEqual([{ battery_cycles: 4 }])
  expect(await store.entriesOf('quarantined')).toMatchObject([
    { metric: 'battery_temp_c', reason: 'out_of_range' },
  ])
})

test.each([
  ['a number', '1', 'wrong_type', 'motion is 1; a list of 4 to 1000 numbers is expected'],
  ['null', 'null', 'wrong_type', 'motion is null; a list of 4 to 1000 numbers is expected'],
  ['an object', '{"0":1}', 'wrong_type', 'a list of 4 to 1000 numbers is expected'],
  ['too short', '[1,2,3]', 'out_of_range', 'motion has 3 samples; 4 to 1000 are allowed'],
  [
    'too long',
    JSON.stringify(Array(1_001).fill(0)),
    'out_of_range',
    'motion has 1001 samples; 4 to 1000 are allowed',
  ],
  ['with text', '[1,2,"3",4]', 'wrong_type', 'sample 2 of motion is "3"; a number is expected'],
  ['with null', '[1,2,3,null]', 'wrong_type', 'sample 3 of motion is null; a number is expected'],
  ['with lists', '[[1],[2],[3],[4]]', 'wrong_type', 'sample 0 of motion is [1]; a number is expected'],
  ['infinite', '[1,2,1e999,4]', 'not_finite', 'sample 2 of motion is Infinity'],
  ['out of range', '[1,51,3,4]', 'out_of_range', 'sample 1 of motion is 51; -50 to 50 is allowed'],
])(
  'a waveform that is %s is quarantined by itself, and the rest stored',
  async (_what, json, reason, detail) => {
    await send(`{"battery_health_pct":90,"motion":${json}}`)
    expect(await storedValues()).toEqual([{ battery_health_pct: 90 }])
    const [entry] = await store.entriesOf('quarantined')
    expect(entry).toMatchObject({ metric: 'motion', reason, detail: expect.stringContaining(detail) })
    expect(acceptance.info().counts).toMatchObject({
      stored_in_part: 1,
      'values.received': 2,
      'values.stored': 1,
      'values.quarantined': 1,
    })
  },
)

test('the entry has the samples as they were sent, so that it can be retried', async () => {
  await send('{"battery_health_pct":90,"motion":[1,2,1e999,4]}')
  const [entry] = await store.entriesOf('quarantined')
  expect(entry?.payload).toBe(`{"ts":${now},"values":{"motion":[1,2,1e999,4]}}`)
})

test('a reading with nothing but a waveform that has no metric is stored: the device works', async () => {
  await send({ motion: Array(10).fill(0) })
  expect(acceptance.info().counts).toMatchObject({ received: 1 })
  expect(await store.entriesOf('quarantined')).toEqual([])
})
