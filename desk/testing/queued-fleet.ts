import { beforeEach, expect, vi } from 'vitest'
import { topics } from '../../contract/topics.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { startWorkers } from '../../workers/start-workers.ts'
import type { QueueEnvironment } from '../../workers/testing/describe-each-queue-backend.ts'
import { findingAt, makeFinding } from './findings.ts'

/** A fleet whose findings go through real queues, with as many jobs in work at once as the program has. */
export class QueuedFleet {
  readonly #place: () => QueueEnvironment

  constructor(place: () => QueueEnvironment) {
    this.#place = place
    beforeEach(() => deleteAllRecords(place().records))
  }

  get #db() {
    return this.#place().records.db
  }

  announce = async (count: number): Promise<void> => {
    const entries = Array.from({ length: count }, (_, n) => ({
      type: 'device' as const,
      receivedAt: findingAt,
      device: { id: `rv-${n}`, kind: 'robot_vacuum', model: 'RV-20', firmware: `2.${n % 4}.0` },
    }))
    await createRecordsProjection(this.#db).handle(entries)
  }

  /** Let so many devices raise the same, each at its time, and wait until all of it is in the records. */
  raise = async (name: string, count: number, atOf: (n: number) => number): Promise<void> => {
    const failures: string[] = []
    const workers = await startWorkers({
      appendToJournal: async () => {},
      ...this.#place(),
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
    const recorded = () => this.#db.selectFrom('findings').select('id').execute()
    await vi.waitFor(async () => expect(await recorded()).toHaveLength(count), {
      timeout: 110_000,
      interval: 100,
    })
    await workers.stop()
    expect(failures).toEqual([])
  }

  tickets = () => this.#db.selectFrom('tickets').select('id').execute()
  incidents = () => this.#db.selectFrom('incidents').selectAll().execute()
}
