import type { Finding } from '../../contract/finding.ts'
import type { HealthCheck } from '../../health/readiness.ts'
import type { RuleRollout } from '../../rules/rollout/rule-rollout.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import type { SystemStats } from '../system-stats.ts'

/** The running program. */
export interface Forewarn {
  httpUrl: string
  mqttUrl: string
  records: RecordsStore['db']
  /** Return the findings that the journal still has, in its order. */
  findings(): Promise<Finding[]>
  ruleRollout: RuleRollout
  /** Resolves when another process owns the journal, with the reason. The caller has to stop the program then. */
  leaseLost: Promise<unknown>
  /** Return the figures of the live view. */
  stats(): Promise<SystemStats>
  /** Return the state of every component, as in `/readyz`. */
  checks(): Promise<readonly HealthCheck[]>
  /**
   * Let simulated time pass: what follows is received at `next`, ms. Resolves when the rules may read of the time, and where a
   * fleet model is due, when they have built it: so it holds from the same reading on in every run.
   */
  passTime(at: number, next: number): Promise<void>
  /** Stop in reverse order of the start: nothing more is accepted, what was accepted is kept. */
  stop(): Promise<void>
}
