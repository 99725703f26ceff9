import { countDeadLetters } from '../health/detect-faults.ts'
import type { RecordCounts } from '../health/record-counts.ts'
import type { SystemStatus } from '../health/status.ts'
import { ExpectedError } from '../lib/expected-error.ts'
import type { LiveStats } from './terminal/live-view.ts'

export interface SystemStats extends Omit<LiveStats, 'address' | 'mqtt' | 'simulator'> {
  /** Notices that the phone has not confirmed yet, those included that are still to be written. */
  noticesPending: number
  /** Jobs that are to be done now or soon, of findings and notices. */
  jobs: number
  /** Entries and jobs that could not be handled. */
  deadLetters: number
}

const deliveredStates = new Set(['delivered', 'read', 'snoozed', 'done'])
const pendingStates = new Set(['owed', 'queued', 'sent'])
const terminalStates = new Set(['closed', 'cancelled'])

/** A part that some of the figures come from does not answer. */
class StatsUnavailableError extends ExpectedError {
  override readonly name = 'StatsUnavailableError'
}

/**
 * What people watch, from one snapshot.
 * @throws StatsUnavailableError while something of it cannot be counted
 */
export function toSystemStats(status: SystemStatus): SystemStats {
  if (status.queues.value === undefined) throw new StatsUnavailableError(`the queues: ${status.queues.error}`)
  if (status.records.value === undefined)
    throw new StatsUnavailableError(`the records: ${status.records.error}`)
  if (status.ingest === undefined) throw new StatsUnavailableError(`the journal: ${status.journal.error}`)
  const { devices, tickets, notices, incidents } = status.records.value
  const queues = status.queues.value.filter(({ name }) => name !== 'sweep')
  const { received, stored, duplicate, quarantined } = status.ingest
  return {
    received,
    stored,
    duplicate,
    quarantined: sum(Object.values(quarantined)),
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

/** What somebody has to look at, for as long as that lasts; what fails now and then is told when it happens. */
function incidentFaults({ open, devices }: RecordCounts['incidents']): string[] {
  return open > 0 ? [`${open} open incidents of ${devices} devices: see /api/incidents`] : []
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
