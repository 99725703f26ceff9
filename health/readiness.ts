import { humanizeDuration } from '../lib/humanize-duration.ts'
import { detectFaults, type SubsystemFault } from './detect-faults.ts'
import type { SystemStatus } from './status.ts'

export interface HealthCheck {
  name: string
  /** `degraded`: something waits, and nothing is lost. `down`: messages of devices are not accepted. */
  state: 'healthy' | 'degraded' | 'down'
  ok: boolean
  /** In words: what is wrong, or that nothing is. */
  detail: string
  /** When this program first saw it so. */
  since?: Date
  /** What follows from it. */
  impact?: string
  /** What to do. */
  remedy?: string
}

export interface Readiness {
  /** Whether what devices send is accepted. */
  ready: boolean
  checks: HealthCheck[]
}

/** What was so when a trouble began. */
interface FaultStart {
  at: number
  backlogBytes: number
}

/** Too short a time says nothing of how fast the journal fills. */
const minRateWindowMs = 10_000

/** Says part by part whether the program does its work. It remembers since when something is wrong. */
export function createReadinessEvaluator(now: () => number): (status: SystemStatus) => Readiness {
  const faultStarts = new Map<string, FaultStart>()
  return (status) => {
    const backlogBytes = status.journal.value?.backlogBytes ?? 0
    const checks = detectFaults(status).map(({ name, fault }): HealthCheck => {
      if (fault === undefined) {
        faultStarts.delete(name)
        return { name, state: 'healthy', ok: true, detail: 'healthy' }
      }
      const faultStart = faultStarts.get(name) ?? { at: now(), backlogBytes }
      faultStarts.set(name, faultStart)
      return toFailedCheck({ name, fault, faultStart, status, now: now() })
    })
    return { ready: checks.every(({ state }) => state !== 'down'), checks }
  }
}

/** A trouble on one line, for people who watch. */
export function formatHealthCheck({ name, detail, since, impact, remedy }: HealthCheck, now: number): string {
  const duration = since === undefined ? '' : ` (for ${humanizeDuration(now - since.getTime())})`
  return [`${name}: ${detail}${duration}`, impact, remedy].filter((part) => part !== undefined).join('; ')
}

interface FaultContext {
  name: string
  fault: SubsystemFault
  faultStart: FaultStart
  status: SystemStatus
  now: number
}

function toFailedCheck({ name, fault, faultStart, status, now }: FaultContext): HealthCheck {
  const { state, detail, impact: follows, remedy, noBacklog = false } = fault
  const backlogText =
    state === 'degraded' && !noBacklog ? describeBacklog(status, { beginning: faultStart, now }) : undefined
  const impact = [follows, backlogText].filter((part) => part !== undefined).join('; ')
  return { name, state, ok: false, detail, since: new Date(faultStart.at), impact, remedy }
}

/** How full the journal is, and how long it will last if that goes on as since the beginning of the trouble. */
function describeBacklog(
  { journal: { value: journal } }: SystemStatus,
  { beginning, now }: { beginning: FaultStart; now: number },
): string | undefined {
  if (journal === undefined) return undefined
  const { backlogBytes, maxBytes } = journal
  const percent = Math.round((100 * backlogBytes) / maxBytes)
  const text = `what waits is kept in the journal, ${percent} % full; nothing is lost`
  const elapsedMs = now - beginning.at
  const grown = backlogBytes - beginning.backlogBytes
  if (elapsedMs < minRateWindowMs || grown <= 0) return text
  const leftMs = ((maxBytes - backlogBytes) / grown) * elapsedMs
  return `${text}; full in about ${humanizeDuration(Math.max(0, leftMs))} at this rate`
}
