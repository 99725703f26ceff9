import { afterEach, beforeEach, expect, test } from 'vitest'
import { topics } from '../../contract/topics.ts'
import { partitionOf } from '../../store/journal/partitions.ts'
import { defaultIngestLimits } from '../decode/ingest-limits.ts'
import { openTestJournal, type TestJournal } from '../testing/test-journal.ts'
import { testKinds } from '../testing/test-kinds.ts'
import { createPartitionedAcceptance } from './partitioned-acceptance.ts'

const now = Date.UTC(2026, 10, 22)
const names = topics('pm/v1')
let stores: [TestJournal, TestJournal]

beforeEach(async () => {
  stores = [await openTestJournal(), await openTestJournal()]
})
afterEach(() => Promise.all(stores.map((store) => store.remove())))

async function started(devices = defaultIngestLimits.devices) {
  const [first, second] = stores
  const acceptance = createPartitionedAcceptance({
    partitions: [first.journal, second.journal],
    kinds: testKinds,
    topics: names,
    now: () => now,
    newId: () => 'q',
    registrationMode: 'closed',
    limits: { ...defaultIngestLimits, devices },
  })
  await acceptance.start()
  return acceptance
}

const ids = Array.from({ length: 20 }, (_, index) => `d-${index}`)
const phones = ids.map((id) => ({ id, kind: 'phone', owner: 'u-1' }))

test('an operator makes devices known though registration is closed, each in its partition', async () => {
  const { registration, accept } = await started()
  await registration.register(phones)
  for (const [index, store] of stores.entries()) {
    const own = phones.filter(({ id }) => partitionOf(id, 2) === index)
    expect(await store.entries()).toEqual(own.map((device) => ({ type: 'device', receivedAt: now, device })))
  }
  const payload = Buffer.from(JSON.stringify({ ts: now, values: { battery_temp_c: 20 }, boot: 1, seq: 1 }))
  await accept({ topic: names.telemetry('d-7'), payload, clientId: 'd-7' })
  const entries = (await Promise.all(stores.map((store) => store.entries()))).flat()
  expect(entries.filter(({ type }) => type === 'reading')).toHaveLength(1)
  expect(entries.filter(({ type }) => type === 'quarantined')).toEqual([])
})

test('they are known after a restart', async () => {
  const before = await started()
  await before.registration.register(phones)
  await before.stop()
  const { registration } = await started()
  expect(registration.find('d-3')).toEqual(phones[3])
})

test('an unknown kind, and more than may be known, are rejected as a whole', async () => {
  const { registration } = await started(21)
  const toaster = { id: 'x', kind: 'toaster' }
  expect(registration.rejectionOf(toaster)).toEqual({
    field: 'kind',
    detail: 'there is no device kind toaster',
  })
  await expect(registration.register([...phones, toaster])).rejects.toThrow(
    'x: there is no device kind toaster',
  )
  await expect(
    registration.register([...phones, { id: 'a', kind: 'phone' }, { id: 'b', kind: 'phone' }]),
  ).rejects.toThrow('0 devices are registered, and at most 21 are allowed: 22 more are too many')
  expect((await Promise.all(stores.map((store) => store.entries()))).flat()).toEqual([])
  await registration.register(phones)
  await registration.register(phones)
  expect(registration.find('d-0')).toEqual(phones[0])
})

test.each([
  ['seconds', 1_700_000_000],
  ['a time to come', Date.UTC(2100, 0, 1)],
  ['a number that is no time', 1e20],
  ['a negative number', -1],
])('%s as first use is rejected', async (_what, inUseSince) => {
  const { registration } = await started()
  const device = { id: 'd-1', kind: 'phone', inUseSince }
  expect(registration.rejectionOf(device)).toMatchObject({ field: 'inUseSince' })
  await expect(registration.register([device])).rejects.toThrow('d-1: inUseSince is')
  expect((await Promise.all(stores.map((store) => store.entries()))).flat()).toEqual([])
})

test('what a device leaves out when it announces itself stays as the operator said it', async () => {
  const { registration, accept } = await started()
  await registration.register([{ id: 'd-1', kind: 'phone', region: 'DE', model: 'A' }])
  const payload = Buffer.from(JSON.stringify({ state: 'online', kind: 'phone', model: 'B' }))
  await accept({ topic: names.state('d-1'), payload, clientId: 'd-1' })
  expect(registration.find('d-1')).toEqual({ id: 'd-1', kind: 'phone', region: 'DE', model: 'B' })
})
