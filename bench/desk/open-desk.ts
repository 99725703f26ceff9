import { setTimeout as sleep } from 'node:timers/promises'
import type { Finding } from '../../contract/finding.ts'
import type { Measurements } from '../../contract/measurements.ts'
import { topics } from '../../contract/topics.ts'
import { startWorkers, type Workers } from '../../workers/start-workers.ts'
import { type DeskParts, report } from './parts.ts'

/** As many as one batch of the relay takes from the journal. */
const relayBatch = 5_000
const timeoutMs = 300_000

export interface Desk {
  /** Hand findings over as the relay does: a batch of the journal at a time. */
  relay(findings: readonly Finding[]): Promise<void>
  until(condition: () => boolean): Promise<void>
  /** By id of the finding, ms by the monotonic clock. */
  recordedAt: Map<string, number>
  /** By user. */
  publishedAt: Map<string, number>
  workers: Workers
}

/** Start the workers of a desk whose phones are a function. */
export async function openDesk({ records, connection }: DeskParts): Promise<Desk> {
  const recordedAt = new Map<string, number>()
  const publishedAt = new Map<string, number>()
  const measurements: Measurements = {
    messageCommitted() {},
    batchHandled() {},
    detectorCalled() {},
    findingCommitted() {},
    noticePostponed() {},
    noticeAttempted() {},
    jobEnded() {},
    findingRecorded: (id) => void recordedAt.set(id, performance.now()),
  }
  const workers = await startWorkers({
    records,
    connection,
    measurements,
    gateway: {
      async publish(topic) {
        publishedAt.set(topic.split('/').at(-2) ?? '', performance.now())
        return 'sent'
      },
      onSubscribe() {},
    },
    topics: topics('pm/v1'),
    appendToJournal: async () => {},
    now: Date.now,
    onError: report,
  })
  return {
    recordedAt,
    publishedAt,
    async relay(findings) {
      for (let from = 0; from < findings.length; from += relayBatch)
        await workers.relay(findings.slice(from, from + relayBatch))
    },
    async until(condition) {
      const endsAt = performance.now() + timeoutMs
      while (!condition()) {
        if (performance.now() > endsAt)
          throw new Error('the desk did not handle all findings within 5 minutes')
        await sleep(2)
      }
    },
    workers,
  }
}
