import { countDeadLetters } from '../health/detect-faults.ts'
import type { RecordCounts } from '../health/record-counts.ts'
import type { SystemStatus } from '../health/status.ts'
import { ExpectedError } from '../lib/expected-error.ts'
import type { LiveStats } from './terminal/live-view.ts'

export interface SystemStats extends Omit<LiveStats, 'address' | 'mqtt' | 'simulator'> {
  /** Notices that the phone has not confirmed yet, including those not written yet. */
  noticesPending: number
  /** Jobs of findings and notices due now or soon. */
  jobs: number
  /** Entries and jobs that failed for good. */
  deadLetters: number
}

const deliveredStates = new Set(['delivered', 'read', 'snoozed', 'done'])
const pendingStates = new Set(['owed', 'queued', 'sent'])
const terminalStates = new Set(['closed', 'cancelled'])

/** A service that some of the figures come from is unavailable. */
export class StatsUnavailableError extends ExpectedError {
  override readonly name = 'StatsUnavailableError'
}

/**
 * Return the figures of the live view from one snapshot.
 * @throws StatsUnavailableError while some figure cannot be counted
 */
export function toSystemStats(status: SystemStatus): SystemStats {
  if (status.queues.value === undefined) throw new StatsUnavailableError(`the queues: ${status.queues.error}`)
  if (status.records.value === undefined)
    throw new StatsUnavailableError(`the records: ${status.records.error}`)
  if (status.ingest === undefined) throw new StatsUnavailableError(`the journal: ${status.journal.error}`)
  const { devices, tickets, notices, incidents } = status.records.value
  const queues = status.queues.value.filter(({ name }) => name !== 'sweep')
  const { received, stored, duplicate, quarantined, values } = status.ingest
  return {
    received,
    stored,
    duplicate,
    quarantined: sum(Object.values(quarantined)),
    values: { ...values, quarantined: sum(Object.values(values.quarantined)) },
    devices: sum(devices.map(({ count }) => count)),
    openTickets: sum(
      tickets.filter(({ work_state }) => !terminalStates.has(work_state)).map(({ count }) => count),
    ),
    noticesSent: sum(
      notices.filter(({ state }) => state === 'sent' || deliveredStates.has(state)).map(({ count }) => count),
    ),
    noticesDelivered: sum(
      notices.filter(({ state }) => deliveredStates.has(state)).map(({ count }) => count),
    ),
    noticesPending: sum(notices.filter(({ state }) => pendingStates.has(state)).map(({ count }) => count)),
    lag: Math.max(0, ...status.consumers.map(({ lag }) => lag)),
    jobs: sum(queues.map(({ waiting, active, delayed }) => waiting + active + delayed)),
    deadLetters: sum(countDeadLetters(status).map(({ count }) => count)),
    faults: incidentFaults(incidents),
  }
}

/** Return the faults that persist; single failures are logged when they occur. */
function incidentFaults({ open, devices }: RecordCounts['incidents']): string[] {
  return open > 0 ? [`${open} open incidents of ${devices} devices: see /api/incidents`] : []
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
