import type { ConfiguredDetector } from './detectors/registry.ts'
import type { Severity, TicketAction } from './finding.ts'

/** What happens with readings that arrive late: not after the device's newest, or from a backlog (`hist`). */
type LatePolicy =
  /** They are not looked at. */
  | 'ignore'
  /** They inform baselines and trends, and never raise, update or clear anything. */
  | 'features'
  /** They count as any other. */
  | 'evaluate'

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
  /** Once raised it stays so until the part is replaced. */
  latch: boolean
  late: LatePolicy
  severity: Severity
  /** Message key of the notice to the owner. */
  notice: string | undefined
  ticket: TicketAction | undefined
}

/** Stands in `component:` for the device as a whole. */
export const wholeDevice = 'device'
