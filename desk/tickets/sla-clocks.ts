import type { TicketAction } from '../../contract/finding.ts'
import { hourMs } from '../../lib/time.ts'

export type ServiceLevel = TicketAction['sla']

export interface SlaTarget {
  /** Until somebody has taken the ticket up, ms. */
  responseMs: number
  /** Until it is solved, in the sense of `solvedBy`, ms. */
  solutionMs: number
  solvedBy: 'on_site' | 'resolved'
}

/** What is promised: level 1, unusable; level 2, function impaired; level 3, slight. */
export const slaTargets: Readonly<Record<ServiceLevel, SlaTarget>> = {
  level1: { responseMs: 2 * hourMs, solutionMs: 4 * hourMs, solvedBy: 'on_site' },
  level2: { responseMs: 4 * hourMs, solutionMs: 24 * hourMs, solvedBy: 'on_site' },
  level3: { responseMs: 24 * hourMs, solutionMs: 72 * hourMs, solvedBy: 'resolved' },
}

/** One of the two clocks of a ticket; all times are ms since 1970 UTC, so that no zone and no summer time matters. */
export interface SlaClock {
  /** The target without the time that the owner was waited for, ms. */
  targetMs: number
  /** When it has to be met: the start, the target, and the time that it stood still. */
  dueAt: number
  /** When it was met. */
  metAt: number | undefined
  /** Since when it stands still. */
  pausedSince: number | undefined
}

export const escalationSteps = ['at_risk', 'breached', 'overdue'] as const
export type EscalationStep = (typeof escalationSteps)[number]
export type SlaStatus = 'running' | EscalationStep | 'met' | 'missed'

/** Share of the target after which a clock is at risk, and after which its breach is the service manager's. */
const atRiskShare = 0.8
const overdueShare = 1.5

/** When each step of a clock is reached, if it does not stand still before, ms. */
export function escalationTimes({
  targetMs,
  dueAt,
}: Pick<SlaClock, 'targetMs' | 'dueAt'>): Record<EscalationStep, number> {
  return {
    at_risk: dueAt - (1 - atRiskShare) * targetMs,
    breached: dueAt,
    overdue: dueAt + (overdueShare - 1) * targetMs,
  }
}

/** How a clock stands; while the owner is waited for, as it stood when that began. */
export function slaStatusAt(clock: SlaClock, now: number): SlaStatus {
  if (clock.metAt !== undefined) return clock.metAt <= clock.dueAt ? 'met' : 'missed'
  return reachedEscalations(clock, now).at(-1) ?? 'running'
}

/** The steps that a clock has reached, in their order; none of one that is met. */
export function reachedEscalations(clock: SlaClock, now: number): EscalationStep[] {
  if (clock.metAt !== undefined) return []
  const at = Math.min(now, clock.pausedSince ?? now)
  const steps = escalationTimes(clock)
  // The deadline itself is still in time.
  return escalationSteps.filter((step) => (step === 'at_risk' ? at >= steps[step] : at > steps[step]))
}

/** Both due times of a ticket, ms. */
export function slaDueTimes(sla: ServiceLevel, startedAt: number, waitedMs: number) {
  const { responseMs, solutionMs } = slaTargets[sla]
  return { respondBy: startedAt + waitedMs + responseMs, solveBy: startedAt + waitedMs + solutionMs }
}
