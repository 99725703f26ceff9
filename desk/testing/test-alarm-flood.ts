import { expect, it } from 'vitest'
import { minuteMs } from '../../lib/time.ts'
import {
  describeQueueBackend,
  type QueueBackendName,
} from '../../workers/testing/describe-each-queue-backend.ts'
import { findingAt } from './findings.ts'
import { QueuedFleet } from './queued-fleet.ts'

/** Define the test of an alarm flood over the queues of one backend. */
export function testAlarmFlood(backend: QueueBackendName): void {
  describeQueueBackend(backend, 'an alarm flood', (place) => {
    const { announce, raise, tickets, incidents } = new QueuedFleet(place)

    it('of 1,000 devices within minutes is one incident with a count', { timeout: 120_000 }, async () => {
      await announce(1_000)
      await raise('flood', 1_000, (n) => findingAt + ((n * 7_919) % (5 * minuteMs)))
      const [incident, ...others] = await incidents()
      expect(others).toEqual([])
      const opened = (await tickets()).length
      expect(opened).toBeLessThanOrEqual(40 + 3 * 20)
      expect(incident).toMatchObject({ scope: 'kind', state: 'open', devices: 1_000, folded: 1_000 - opened })
    })
  })
}
