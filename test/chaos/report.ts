import { createHash } from 'node:crypto'
import type { Breaches } from './compare.ts'
import type { FleetSize } from './fleet/messages.ts'
import type { Outcome } from './outcome.ts'
import type { Run } from './run.ts'

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
  disturbed: Run
  breaches: Breaches
}

export function reportOf({ parts, size, disturbed, breaches }: ReportOptions): Report {
  const { acknowledged, outcome, plan, left, ends, reconnects, recoverMs, elapsedMs } = disturbed
  const { ticketsChanged, ...broken } = breaches
  const counts = Object.fromEntries(Object.entries(broken).map(([promise, { length }]) => [promise, length]))
  return {
    kills: plan.length,
    acknowledged: acknowledged.readings.length,
    ...(counts as Record<keyof typeof broken, number>),
    sameTicketsAsUninterrupted: ticketsChanged.length === 0,
    parts,
    ...size,
    faults: countBy(plan, ({ kind, target }) => `${kind} ${target}`),
    quarantined: acknowledged.wrong.length,
    duplicates: outcome.duplicates,
    findings: outcome.findings.length,
    tickets: outcome.tickets.length,
    notices: outcome.notices.length,
    noticesRepeated: outcome.heard.length - new Set(outcome.heard.map(({ notice }) => notice)).size,
    reconnects,
    endedByItself: ends.length,
    left,
    recoverMs,
    elapsedMs,
    digest: digestOf(outcome),
  }
}

/** Whether every promise was kept. */
export function isKept(breaches: Breaches, { left }: Pick<Run, 'left'>): boolean {
  return left === '' && Object.values(breaches).every(({ length }) => length === 0)
}

/** The same for the same findings and tickets. */
function digestOf({ findings, tickets }: Outcome): string {
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
