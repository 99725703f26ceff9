import { humanizeDuration } from '../lib/humanize-duration.ts'
import { detectFaults, type SubsystemFault } from './detect-faults.ts'
import type { SystemStatus } from './status.ts'

export interface HealthCheck {
  name: string
  /** `degraded`: something waits, and nothing is lost. `down`: messages of devices are not accepted. */
  state: 'healthy' | 'degraded' | 'down'
  ok: boolean
  /** Text: the fault, or that there is none. */
  detail: string
  /** When this process first detected the fault. */
  since?: Date
  /** Consequence for operators and owners. */
  impact?: string
  /** How to fix it. */
  remedy?: string
}

export interface Readiness {
  /** Whether data of devices is accepted. */
  ready: boolean
  checks: HealthCheck[]
}

/** State at the start of a fault. */
interface FaultStart {
  /** By the monotonic clock. */
  at: number
  backlogBytes: number
}

/** Minimum time from which the fill rate of the journal can be estimated. */
const minRateWindowMs = 10_000

/**
 * Create a function that evaluates the status of each subsystem. It keeps the start time of each fault.
 * @param now ms since 1970 UTC
 * @param monotonicNow ms, by a monotonic clock
 */
export function createReadinessEvaluator(
  now: () => number,
  monotonicNow = now,
): (status: SystemStatus) => Readiness {
  const faultStarts = new Map<string, FaultStart>()
  return (status) => {
    const backlogBytes = status.journal.value?.backlogBytes ?? 0
    const checks = detectFaults(status).map(({ name, fault }): HealthCheck => {
      if (fault === undefined) {
        faultStarts.delete(name)
        return { name, state: 'healthy', ok: true, detail: 'healthy' }
      }
      const faultStart = faultStarts.get(name) ?? { at: monotonicNow(), backlogBytes }
      faultStarts.set(name, faultStart)
      return toFailedCheck({
        name,
        fault,
        faultStart,
        status,
        elapsedMs: monotonicNow() - faultStart.at,
        now: now(),
      })
    })
    return { ready: checks.every(({ state }) => state !== 'down'), checks }
  }
}

/** Format a failed check on one line, for operators. */
export function formatHealthCheck({ name, detail, since, impact, remedy }: HealthCheck, now: number): string {
  const duration = since === undefined ? '' : ` (for ${humanizeDuration(now - since.getTime())})`
  return [`${name}: ${detail}${duration}`, impact, remedy].filter((part) => part !== undefined).join('; ')
}

interface FaultContext {
  name: string
  fault: SubsystemFault
  faultStart: FaultStart
  status: SystemStatus
  /** Time since the start of the fault. */
  elapsedMs: number
  now: number
}

function toFailedCheck({ name, fault, faultStart, status, elapsedMs, now }: FaultContext): HealthCheck {
  const { state, detail, impact: follows, remedy, noBacklog = false } = fault
  const backlogText =
    state === 'degraded' && !noBacklog
      ? describeBacklog(status, { beginning: faultStart, elapsedMs })
      : undefined
  const impact = [follows, backlogText].filter((part) => part !== undefined).join('; ')
  return { name, state, ok: false, detail, since: new Date(now - elapsedMs), impact, remedy }
}

/** Describe how full the journal is, and when it will be full at the average rate since the start of the fault. */
function describeBacklog(
  { journal: { value: journal } }: SystemStatus,
  { beginning, elapsedMs }: { beginning: FaultStart; elapsedMs: number },
): string | undefined {
  if (journal === undefined) return undefined
  const { backlogBytes, maxBytes } = journal
  const percent = Math.round((100 * backlogBytes) / maxBytes)
  const text = `what waits is kept in the journal, ${percent} % full; nothing is lost`
  const grown = backlogBytes - beginning.backlogBytes
  if (elapsedMs < minRateWindowMs || grown <= 0) return text
  const leftMs = ((maxBytes - backlogBytes) / grown) * elapsedMs
  return `${text}; full in about ${humanizeDuration(Math.max(0, leftMs))} at this rate`
}
