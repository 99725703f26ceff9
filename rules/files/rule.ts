import type { Severity, TicketAction } from '../../contract/finding.ts'
import type { ConfiguredDetector } from '../detectors/detector.ts'

/** What happens with readings that arrive late: not after the device's newest, or from a backlog (`hist`). */
type LatePolicy =
  /** They are not looked at. */
  | 'ignore'
  /** They inform baselines and trends, and never raise, update or clear anything. */
  | 'features'
  /** They count as any other. */
  | 'evaluate'

/** When a finding counts as flapping, and how long it is held then. */
interface FlapDamping {
  /** So many times raised… */
  raises: number
  /** …within this span of event time. */
  withinMs: number
  holdMs: number
}

export interface Rule {
  name: string
  /** Short hash of what the rule says, without its tests. */
  version: string
  kind: string
  component: string
  detect: ConfiguredDetector
  /** How long, in event time, it has to stay bad before it is raised. */
  forMs: number
  /** From which value on it counts as good again. */
  clear: number | undefined
  /** How long, in event time, it has to stay good before what was raised is cleared. */
  holdMs: number
  /** Holds a finding that keeps coming back. */
  flap: FlapDamping | undefined
  /** Once raised it stays so until the part is replaced. */
  latch: boolean
  latePolicy: LatePolicy
  /** The owner is not told of the same again within this span of event time; 0: always. */
  repeatMs: number
  /** Names of the rules whose findings explain what this one sees: while one is active, nothing is raised. */
  unless: readonly string[]
  severity: Severity
  /** Message key of the notice to the owner. */
  notice: string | undefined
  ticket: TicketAction | undefined
}

/** A rule that is evaluated beside the live ones, while nobody hears of its findings. */
export interface RuleTrial {
  rule: Rule
  /** When it began, ms; it tells trials of the same rule apart. */
  since: number
}

/** Stands in `component:` for the device as a whole. */
export const wholeDevice = 'device'
