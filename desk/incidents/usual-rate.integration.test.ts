import { expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { describeEachQueueBackend } from '../../workers/testing/describe-each-queue-backend.ts'
import { findingAt } from '../testing/findings.ts'
import { QueuedFleet } from '../testing/queued-fleet.ts'

describeEachQueueBackend('the usual findings of a fleet', (place) => {
  const { announce, raise, tickets, incidents } = new QueuedFleet(place)

  it('are no incident, and have a ticket each', { timeout: 120_000 }, async () => {
    await announce(300)
    await raise('usual', 300, (n) => findingAt + ((n * 7_919) % 300) * (dayMs / 10))
    expect(await incidents()).toEqual([])
    expect(await tickets()).toHaveLength(300)
  })
})
