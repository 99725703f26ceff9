import { beforeEach, expect, it, vi } from 'vitest'
import { topics } from '../../contract/topics.ts'
import { dayMs, minuteMs } from '../../lib/time.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { startWorkers } from '../../workers/start-workers.ts'
import { describeEachQueueBackend } from '../../workers/testing/describe-each-queue-backend.ts'
import { findingAt, makeFinding } from '../testing/findings.ts'

/** Over real queues, with as many jobs in work at once as the program has. */
describeEachQueueBackend('an alarm flood', (place) => {
  const db = () => place().records.db
  beforeEach(async () => {
    await deleteAllRecords(place().records)
  })

  async function announce(count: number): Promise<void> {
    const entries = Array.from({ length: count }, (_, n) => ({
      type: 'device' as const,
      receivedAt: findingAt,
      device: { id: `rv-${n}`, kind: 'robot_vacuum', model: 'RV-20', firmware: `2.${n % 4}.0` },
    }))
    await createRecordsProjection(db()).handle(entries)
  }

  /** Lets so many devices raise the same, each at its time, and waits until all of it is in records. */
  async function raise(name: string, count: number, atOf: (n: number) => number): Promise<void> {
    const failures: string[] = []
    const workers = await startWorkers({
      appendToJournal: async () => {},
      ...place(),
      gateway: { publish: async () => 'no_subscribers', onSubscribe: () => {} },
      topics: topics('pm/v1'),
      now: () => Date.UTC(2026, 5, 1),
      onError: (error) => failures.push(error.message),
    })
    await workers.relay(
      Array.from({ length: count }, (_, n) =>
        makeFinding({ id: `f-${name}-${n}`, device: `rv-${n}`, at: atOf(n) }),
      ),
    )
    await vi.waitFor(async () => expect(await recorded()).toBe(count), { timeout: 110_000, interval: 100 })
    await workers.stop()
    expect(failures).toEqual([])
  }

  const recorded = async () =>
    Number(
      (
        await db()
          .selectFrom('findings')
          .select(({ fn }) => fn.countAll<string>().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    )
  const tickets = () => db().selectFrom('tickets').select('id').execute()
  const incidents = () => db().selectFrom('incidents').selectAll().execute()

  it('of 500 devices within minutes is one incident with a count', { timeout: 120_000 }, async () => {
    await announce(500)
    await raise('flood', 500, (n) => findingAt + ((n * 7_919) % (5 * minuteMs)))
    const [incident, ...others] = await incidents()
    expect(others).toEqual([])
    const opened = (await tickets()).length
    expect(opened).toBeLessThanOrEqual(40 + 3 * 20)
    expect(incident).toMatchObject({ scope: 'kind', state: 'open', devices: 500, folded: 500 - opened })
  })

  it('is not the normal rate of findings of a fleet', { timeout: 120_000 }, async () => {
    await announce(300)
    await raise('usual', 300, (n) => findingAt + ((n * 7_919) % 300) * (dayMs / 10))
    expect(await incidents()).toEqual([])
    expect(await tickets()).toHaveLength(300)
  })
})
