import type { Severity, TicketAction } from '../../contract/finding.ts'
import type { Expression } from '../derived/expression.ts'
import type { ConfiguredDetector } from '../detectors/detector.ts'

/** Treatment of late readings: not newer than the device's newest one, or from a backlog (`hist`). */
type LatePolicy =
  /** Not evaluated. */
  | 'ignore'
  /** Update the detector's state (baselines, trends), but raise, update or clear nothing. */
  | 'features'
  /** Evaluated like any other. */
  | 'evaluate'

/** How long assessments must stay good before a finding is cleared, and from when on. */
interface Hold {
  /** Period of event time, ms. */
  forMs: number
  /** Number of times that the finding was raised… */
  raises: number
  /** …within this period of event time, ms. With one, every finding is held. */
  withinMs: number
}

export interface Rule {
  name: string
  /** Short hash of the rule without its tests. */
  version: string
  kind: string
  component: string
  detect: ConfiguredDetector
  /** Period of event time that assessments must stay bad before the finding is raised, ms. */
  forMs: number
  /** Value from which on the metric is good again. */
  clear: number | undefined
  /** Without it a finding is cleared by the first good assessment. */
  hold: Hold | undefined
  /** Whether a finding stays active until the part is replaced. */
  latch: boolean
  latePolicy: LatePolicy
  /** The owner is notified at most once within this period of event time, ms; 0: always. */
  repeatMs: number
  /** Names of the rules that inhibit this one: while one has an active finding, nothing is raised. */
  unless: readonly string[]
  /** Condition over metrics, 1 or 0: while it is false, readings are not evaluated and the finding stays as it is. */
  onlyWhile: Expression | undefined
  severity: Severity
  /** Message key of the notice to the owner. */
  notice: string | undefined
  ticket: TicketAction | undefined
}

/** Shadow rule: evaluated in addition to the live ones, with findings that cause neither notice nor ticket. */
export interface RuleTrial {
  rule: Rule
  /** Start, ms; identifies the trial among those of the same rule. */
  since: number
}

/** Value of `component:` for the device as a whole. */
export const wholeDevice = 'device'
