import { afterAll, beforeAll, expect, it } from 'vitest'
import { topics } from '../contract/topics.ts'
import { createAcceptance } from '../ingest/acceptance/acceptance.ts'
import { openTestJournal, type TestJournal } from '../ingest/testing/test-journal.ts'
import { testKinds } from '../ingest/testing/test-kinds.ts'
import { consume } from '../store/journal/consume.ts'
import { createRecordsProjection } from '../store/records/projection.ts'
import { readQuarantineTotals } from '../store/records/quarantine/quarantine-store.ts'
import { readForRetry } from '../store/records/quarantine/read-quarantine.ts'
import type { RecordsStore } from '../store/records/records-store.ts'
import { acquireRecords } from '../store/records/testing/records-pool.ts'

const count = 50_000
const now = Date.UTC(2026, 10, 22)
const names = topics('pm/v1')
let records: RecordsStore
let store: TestJournal
beforeAll(async () => {
  records = await acquireRecords('PGlite')
  store = await openTestJournal()
})
afterAll(async () => {
  await store.remove()
  await records.close()
})

it('keeps each of 50,000 rejected messages of a flood in full, and stores good readings meanwhile', async () => {
  const acceptance = createAcceptance({
    journal: store.journal,
    kinds: testKinds,
    topics: names,
    now: () => now,
    newId: (() => {
      let ids = 0
      return () => `q-${ids++}`
    })(),
    registrationMode: 'open',
  })
  await acceptance.start()
  const stopping = new AbortController()
  const projection = createRecordsProjection(records.db)
  const consumer = consume({
    consumer: await store.journal.consumer('records', 'telemetry'),
    maxEntries: 5_000,
    retry: { initialMs: 10, maxMs: 100 },
    signal: stopping.signal,
    onError: (error) => {
      throw error
    },
    handle: async ({ entries, next }) => {
      await projection.handle(entries)
      return { cursor: next }
    },
  })
  const send = (topic: string, content: string) => acceptance.accept({ topic, payload: Buffer.from(content) })
  await send(names.state('d-1'), JSON.stringify({ state: 'online', kind: 'phone' }))
  const garbage = (n: number) => `{"n": ${n}, "text": "${'x'.repeat(n % 300)}`
  const sending = Array.from({ length: count }, (_, n) => send(names.telemetry('d-1'), garbage(n)))
  const good = JSON.stringify({ ts: now, values: { battery_temp_c: 20 }, boot: 1, seq: 1 })
  await Promise.all([...sending, send(names.telemetry('d-1'), good)])
  expect(acceptance.info().counts).toMatchObject({ received: count + 1, stored: 1, quarantined: count })

  await expect
    .poll(async () => (await readQuarantineTotals(records.db)).waiting, { timeout: 120_000 })
    .toBe(count)
  const kept = new Set<string>()
  for (let after: { at: Date; id: string } | undefined; ; ) {
    const rows = await readForRetry(records.db, { limit: 10_000, maxBytes: 1e9, after })
    for (const { payload } of rows) kept.add(payload.toString())
    const last = rows.at(-1)
    if (last === undefined) break
    after = { at: last.received_at, id: last.id }
  }
  expect(kept.size).toBe(count)
  for (let n = 0; n < count; n++)
    if (!kept.has(garbage(n))) throw new Error(`message ${n} is not in quarantine`)
  stopping.abort()
  await consumer.done
  await acceptance.stop()
})
