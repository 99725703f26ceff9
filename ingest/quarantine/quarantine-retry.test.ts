import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Acceptance, AcceptanceOptions } from '../acceptance/acceptance.ts'
import { defaultIngestLimits } from '../decode/ingest-limits.ts'
import { names, startTestAcceptance } from '../testing/test-acceptance.ts'
import { openTestJournal, type TestJournal } from '../testing/test-journal.ts'
import { createTestKinds, testKinds } from '../testing/test-kinds.ts'
import { announce, message, testTime as year2026 } from '../testing/test-messages.ts'
import type { QuarantinedForRetry } from './quarantine-retry.ts'

const year2000 = Date.UTC(2000, 0, 1)
let store: TestJournal
let now: number
beforeEach(async () => {
  store = await openTestJournal()
  now = year2026
})
afterEach(() => store.remove())

const started = (options: Partial<AcceptanceOptions> = {}) =>
  startTestAcceptance({ journal: store.journal, now: () => now, ...options })

const reading = (device: string, seq: number, values: object = { battery_temp_c: 20 }) =>
  message(names.telemetry(device), { ts: year2026 + seq, values, boot: 1, seq })

/** Everything in quarantine, as the records give it for a retry. */
async function quarantined(): Promise<QuarantinedForRetry[]> {
  const entries = await store.entriesOf('quarantined')
  return entries.map(({ id, reason, topic, payload, payloadEncoding, client, receivedAt }) => ({
    id,
    reason,
    message: {
      topic,
      payload: Buffer.from(payload, payloadEncoding),
      ...(client !== undefined && { clientId: client }),
    },
    receivedAt,
    retriedAt: now,
  }))
}

async function retryAll(acceptance: Acceptance) {
  const all = await quarantined()
  return Promise.all(all.map((each) => acceptance.quarantine.retry(each)))
}

test('after the clock of the server was set right, readings are stored with their first time of receipt', async () => {
  const acceptance = await started()
  await acceptance.accept(announce('d-1'))
  now = year2000
  for (const seq of [1, 2]) await acceptance.accept(reading('d-1', seq))
  expect(await store.entriesOf('quarantined')).toMatchObject([
    { reason: 'ts_future' },
    { reason: 'ts_future' },
  ])
  expect(await retryAll(acceptance)).toMatchObject([
    { is: 'quarantined', reason: 'ts_future' },
    { is: 'quarantined', reason: 'ts_future' },
  ])
  now = year2026 + 1_000
  expect(await retryAll(acceptance)).toEqual([{ is: 'stored' }, { is: 'stored' }])
  expect(await store.entriesOf('reading')).toMatchObject([
    { receivedAt: year2000, reading: { ts: year2026 + 1, boot: 1, seq: 1, hist: true } },
    { receivedAt: year2000, reading: { ts: year2026 + 2, hist: true } },
  ])
  expect((await store.entriesOf('quarantine_retried')).slice(2)).toEqual([
    { type: 'quarantine_retried', at: now, id: 'q-1', outcome: 'stored' },
    { type: 'quarantine_retried', at: now, id: 'q-2', outcome: 'stored' },
  ])
  const counts = { received: 2, quarantined: 2, 'retried.quarantined': 2, 'retried.stored': 2 }
  expect(acceptance.info().counts).toMatchObject(counts)
  expect(acceptance.info().counts.stored).toBeUndefined()
  expect(await store.journal.tally()).toEqual(acceptance.info().counts)
})

test('a retry is done once, also after a restart and at the same time', async () => {
  const first = await started()
  now = year2000
  await first.accept(announce('d-1'))
  await first.accept(reading('d-1', 1))
  now = year2026 + 1_000
  const outcomes = [
    ...(await retryAll(first)),
    ...(await Promise.all([retryAll(first), retryAll(first)])).flat(),
  ]
  expect(outcomes).toEqual([{ is: 'stored' }, { is: 'unknown' }, { is: 'unknown' }])
  await first.stop()
  const second = await started()
  expect(await retryAll(second)).toEqual([{ is: 'unknown' }])
  expect(await store.entriesOf('reading')).toHaveLength(1)
})

test('what was stored meanwhile is a duplicate', async () => {
  const acceptance = await started()
  await acceptance.accept(reading('d-1', 1))
  await acceptance.accept(announce('d-1'))
  await acceptance.accept(reading('d-1', 1))
  expect(await retryAll(acceptance)).toEqual([{ is: 'duplicate' }])
  expect(await store.entriesOf('reading')).toHaveLength(1)
})

test('after a kind was added, devices and their readings are known, in the order of receipt', async () => {
  const without = { ...testKinds, hasKind: () => false }
  const before = await started({ kinds: without })
  for (const sent of [announce('d-1'), reading('d-1', 1), message(names.state('d-1'), 'lost')])
    await before.accept(sent)
  await before.stop()
  const acceptance = await started()
  expect(await quarantined()).toHaveLength(3)
  expect(acceptance.quarantine.preview(await quarantined())).toMatchObject([
    { is: 'stored' },
    { is: 'stored' },
    { is: 'duplicate' },
  ])
  expect(acceptance.info()).toMatchObject({ devices: 0 })
  expect(await retryAll(acceptance)).toEqual([{ is: 'stored' }, { is: 'stored' }, { is: 'duplicate' }])
  const types = (await store.entries()).slice(3).map(({ type }) => type)
  const retried = 'quarantine_retried'
  expect(types).toEqual(['device', retried, 'reading', retried, retried])
})

test('an announcement does not replace a later one', async () => {
  await (await started({ kinds: { ...testKinds, hasKind: () => false } })).accept(announce('d-1', 'phone'))
  const acceptance = await started()
  now += 1_000
  await acceptance.accept(message(names.state('d-1'), { state: 'online', kind: 'phone', owner: 'u-2' }))
  expect(await retryAll(acceptance)).toEqual([{ is: 'duplicate' }])
  expect(acceptance.registration.find('d-1')).toMatchObject({ owner: 'u-2' })
})

test('a removal that an earlier version quarantined does not retire a device that announced itself since', async () => {
  const acceptance = await started()
  now += 1_000
  await acceptance.accept(announce('d-1'))
  const removal = {
    id: 'q-old',
    reason: 'empty_payload',
    message: message(names.state('d-1'), ''),
    retriedAt: now,
  }
  expect(await acceptance.quarantine.retry({ ...removal, receivedAt: year2026 })).toEqual({ is: 'duplicate' })
  expect(acceptance.registration.find('d-1')?.retired).toBeUndefined()
})

test('of an array that was too long, the readings that are still invalid stay in quarantine', async () => {
  const limits = { readingsPerPayload: 2 }
  const before = await started({ limits: { ...defaultIngestLimits, ...limits } })
  await before.accept(announce('d-1'))
  const values = { battery_temp_c: 20 }
  await before.accept(
    message(names.telemetry('d-1'), [
      { ts: now, values },
      { ts: 5, values },
      { ts: now + 1, values },
    ]),
  )
  const acceptance = await started({ newId: () => 'q-new' })
  const [whole] = await quarantined()
  if (whole === undefined) throw new Error('nothing is in quarantine')
  expect(await acceptance.quarantine.retry(whole)).toEqual({ is: 'stored' })
  expect(await store.entriesOf('reading')).toHaveLength(2)
  expect((await store.entriesOf('quarantined')).at(-1)).toMatchObject({
    id: 'q-new',
    payload: JSON.stringify({ ts: 5, values }),
  })
})

test('a reading without a time keeps its time of receipt, where that was the time of measurement', async () => {
  const acceptance = await started()
  const values = { battery_temp_c: 20 }
  await acceptance.accept(message(names.telemetry('d-1'), { values }))
  await acceptance.accept(message(names.telemetry('d-1'), [{ values }, { values }]))
  await acceptance.accept(announce('d-1'))
  now += 5_000
  expect(await retryAll(acceptance)).toMatchObject([
    { is: 'stored' },
    { is: 'quarantined', reason: 'ts_missing' },
    { is: 'quarantined', reason: 'ts_missing' },
  ])
  expect(await store.entriesOf('reading')).toMatchObject([{ reading: { ts: year2026, tsFrom: 'receipt' } }])
})

test('a single value is added to its reading after the kind was corrected', async () => {
  const before = await started()
  await before.accept(announce('d-1'))
  await before.accept(reading('d-1', 1, { battery_temp_c: 20, battery_health_pct: 120, colour: 3 }))
  expect(await store.entriesOf('quarantined')).toMatchObject([
    { metric: 'colour' },
    { metric: 'battery_health_pct' },
  ])
  const metrics = new Map(testKinds.rulesOf('phone')?.metrics)
  metrics.set('battery_health_pct', { type: 'number', min: 0, max: 150, acceptsText: false })
  const acceptance = await started({ kinds: createTestKinds({ metrics }) })
  expect(await retryAll(acceptance)).toMatchObject([
    { is: 'quarantined', reason: 'unknown_metric' },
    { is: 'stored' },
  ])
  expect((await store.entriesOf('reading')).at(-1)).toMatchObject({
    reading: { ts: year2026 + 1, values: { battery_health_pct: 120 }, seq: 1 },
  })
})
