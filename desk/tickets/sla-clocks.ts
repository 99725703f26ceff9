import type { TicketAction } from '../../contract/finding.ts'
import { hourMs } from '../../lib/time.ts'

export type ServiceLevel = TicketAction['sla']

export interface SlaTarget {
  /** Time until a response to the ticket, ms. */
  responseMs: number
  /** Time until its solution as defined by `solvedBy`, ms. */
  solutionMs: number
  solvedBy: 'on_site' | 'resolved'
}

/** SLA targets. Level 1: appliance unusable; level 2: function impaired; level 3: minor. */
export const slaTargets: Readonly<Record<ServiceLevel, SlaTarget>> = {
  level1: { responseMs: 2 * hourMs, solutionMs: 4 * hourMs, solvedBy: 'on_site' },
  level2: { responseMs: 4 * hourMs, solutionMs: 24 * hourMs, solvedBy: 'on_site' },
  level3: { responseMs: 24 * hourMs, solutionMs: 72 * hourMs, solvedBy: 'resolved' },
}

/** SLA clock of a ticket. All times are ms since 1970 UTC, so time zones and summer time have no effect. */
export interface SlaClock {
  /** Target without pauses, ms. */
  targetMs: number
  /** Due time: start + target + pauses. */
  dueAt: number
  /** Time at which the target was met. */
  metAt: number | undefined
  /** Start of the current pause, while the ticket waits for its owner. */
  pausedSince: number | undefined
}

export const escalationSteps = ['at_risk', 'breached', 'overdue'] as const
export type EscalationStep = (typeof escalationSteps)[number]
export type SlaStatus = 'running' | EscalationStep | 'met' | 'missed'

/** Shares of the target after which a clock is at risk, and after which its breach escalates to the service manager. */
const atRiskShare = 0.8
const overdueShare = 1.5

/** Return the time of each escalation step if the clock is not paused before, ms since 1970 UTC. */
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

/** Return the status of a clock; while paused, the status at the start of the pause. */
export function slaStatusAt(clock: SlaClock, now: number): SlaStatus {
  if (clock.metAt !== undefined) return clock.metAt <= clock.dueAt ? 'met' : 'missed'
  return reachedEscalations(clock, now).at(-1) ?? 'running'
}

/** Return the escalation steps that a clock has reached, in order; none when it is met. */
export function reachedEscalations(clock: SlaClock, now: number): EscalationStep[] {
  if (clock.metAt !== undefined) return []
  const at = Math.min(now, clock.pausedSince ?? now)
  const steps = escalationTimes(clock)
  // Exactly at the due time is still in time.
  return escalationSteps.filter((step) => (step === 'at_risk' ? at >= steps[step] : at > steps[step]))
}

/** Return the time from which an escalation step is reached and not recorded, ms since 1970 UTC; undefined for none. */
export function nextEscalationAt(clock: SlaClock, recorded: ReadonlySet<EscalationStep>): number | undefined {
  if (clock.metAt !== undefined || clock.pausedSince !== undefined) return undefined
  const steps = escalationTimes(clock)
  const times = escalationSteps
    .filter((step) => !recorded.has(step))
    .map((step) => (step === 'at_risk' ? steps[step] : steps[step] + 1))
  return times.length === 0 ? undefined : Math.min(...times)
}

/** Return both due times of a ticket, ms since 1970 UTC. */
export function slaDueTimes(sla: ServiceLevel, startedAt: number, waitedMs: number) {
  const { responseMs, solutionMs } = slaTargets[sla]
  return { respondBy: startedAt + waitedMs + responseMs, solveBy: startedAt + waitedMs + solutionMs }
}
