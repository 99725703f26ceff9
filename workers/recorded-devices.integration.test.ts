import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { topics } from '../contract/topics.ts'
import { makeFinding } from '../desk/testing/findings.ts'
import { createRecordsProjection } from '../store/records/projection.ts'
import { deleteAllRecords } from '../store/records/testing/delete-all-records.ts'
import { startWorkers, type Workers } from './start-workers.ts'
import { describeQueueBackend } from './testing/describe-each-queue-backend.ts'

const until = { timeout: 20_000, interval: 20 }

describeQueueBackend('PGlite', 'a device that is recorded after its finding', (place) => {
  let workers: Workers
  let sent: string[]
  const failures: string[] = []
  beforeEach(async () => {
    await deleteAllRecords(place().records)
    sent = []
    workers = await startWorkers({
      appendToJournal: async () => {},
      ...place(),
      gateway: {
        publish: async (topic) => {
          sent.push(topic)
          return 'sent'
        },
        onSubscribe: () => {},
      },
      topics: topics('pm/v1'),
      now: () => Date.UTC(2026, 5, 1),
      onError: (error) => failures.push(error.message),
      sweepEveryMs: 3_600_000,
    })
    await vi.waitFor(() => expect(workers.sweepStatus().completed).toBe(1), until)
  })
  afterEach(() => workers.stop())

  const announce = () =>
    createRecordsProjection(place().records.db, { onDevices: workers.devicesRecorded }).handle([
      { type: 'device', receivedAt: 0, device: { id: 'rv-1', kind: 'robot_vacuum', owner: 'u-1' } },
    ])
  const recorded = () => place().records.db.selectFrom('findings').select('id').execute()

  it('gets its notice without waiting for a sweep', async () => {
    await workers.relay([makeFinding({ id: 'f-late-device' })])
    await vi.waitFor(async () => expect(await recorded()).toHaveLength(1), until)
    await announce()
    await vi.waitFor(() => expect(sent).toEqual(['pm/v1/users/u-1/notices']), until)
    expect(failures).toEqual([])
  })

  it('gets one notice where both are recorded at once', async () => {
    await Promise.all([workers.relay([makeFinding({ id: 'f-race' })]), announce()])
    await vi.waitFor(() => expect(sent).toEqual(['pm/v1/users/u-1/notices']), until)
    expect(failures).toEqual([])
  })
})
