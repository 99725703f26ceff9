import { createHash } from 'node:crypto'
import type { InvariantViolations } from './compare.ts'
import type { FinalState } from './final-state.ts'
import type { FleetSize } from './fleet/device-traffic.ts'
import type { ChaosRun } from './run.ts'
import type { UnexpectedExit } from './supervised-process.ts'

export interface Report {
  kills: number
  /** Readings, each counted once. */
  acknowledged: number
  ackedLost: number
  storedTwice: number
  findingsLost: number
  findingsChanged: number
  duplicateTickets: number
  duplicateNotices: number
  noticesLost: number
  sameTicketsAsUninterrupted: boolean
  [more: string]: unknown
}

export interface ReportOptions {
  parts: string
  size: FleetSize
  disturbed: ChaosRun
  breaches: InvariantViolations
}

export function createReport({ parts, size, disturbed, breaches }: ReportOptions): Report {
  const { acknowledged, outcome, plan, pendingWork, unexpectedExits, reconnects, recoverMs, elapsedMs } =
    disturbed
  const { ticketsChanged, ...broken } = breaches
  const counts = Object.fromEntries(Object.entries(broken).map(([promise, { length }]) => [promise, length]))
  return {
    kills: plan.filter(({ kind }) => kind === 'kill').length,
    acknowledged: acknowledged.readings.length,
    ...(counts as Record<keyof typeof broken, number>),
    sameTicketsAsUninterrupted: ticketsChanged.length === 0,
    parts,
    ...size,
    faults: countBy(plan, ({ kind, target }) => `${kind} ${target}`),
    quarantined: acknowledged.invalid.length,
    duplicates: outcome.duplicates,
    findings: outcome.findings.length,
    tickets: outcome.tickets.length,
    notices: outcome.notices.length,
    noticesRepeated:
      outcome.receivedNotices.length - new Set(outcome.receivedNotices.map(({ notice }) => notice)).size,
    reconnects,
    endedByItself: findFailures(unexpectedExits).length,
    leasesLost: unexpectedExits.length - findFailures(unexpectedExits).length,
    trimmed: outcome.isTrimmed,
    steps: outcome.steps.length,
    deskEvents: outcome.deskEvents.length,
    left: pendingWork,
    recoverMs,
    elapsedMs,
    digest: digestOf(outcome),
  }
}

/**
 * Exits that are faults of the program. A program whose lease of the journal ran out during a pause ends by design, and
 * is started again.
 */
function findFailures(exits: readonly UnexpectedExit[]): UnexpectedExit[] {
  return exits.filter(({ stderrTail }) => !stderrTail.includes('"event":"lease_lost"'))
}

/** Whether every promise was kept. */
export function holdsInvariants(
  breaches: InvariantViolations,
  { pendingWork, unexpectedExits }: Pick<ChaosRun, 'pendingWork' | 'unexpectedExits'>,
): boolean {
  const isWell = pendingWork === '' && findFailures(unexpectedExits).length === 0
  return isWell && Object.values(breaches).every(({ length }) => length === 0)
}

/** The same for the same findings and tickets. */
function digestOf({ findings, tickets }: FinalState): string {
  return createHash('sha256')
    .update(JSON.stringify([findings, tickets]))
    .digest('hex')
    .slice(0, 12)
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1
  return counts
}
