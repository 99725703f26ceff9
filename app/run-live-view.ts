import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultReporter } from '../health/fault-reporter.ts'
import { formatHealthCheck, type HealthCheck } from '../health/readiness.ts'
import { abortableSleep } from '../lib/abortable-sleep.ts'
import { ExpectedError } from '../lib/expected-error.ts'
import { race } from '../lib/race.ts'
import type { SystemStats } from './system-stats.ts'
import type { LiveView } from './terminal/live-view.ts'
import type { Forewarn } from './wiring/forewarn.ts'

const REFRESH_INTERVAL_MS = 1_000
/** Interval of the checks where no figures are shown: counting in the databases is most of what an idle program does. */
const UNATTENDED_INTERVAL_MS = 5_000
const STATS_TIMEOUT_MS = 2_000

/** Return the latest figures within `timeoutMs`; undefined before the first ones could be counted. */
export type StatsReader = (timeoutMs: number) => Promise<SystemStats | undefined>

export interface RunLiveViewOptions {
  forewarn: Pick<Forewarn, 'httpUrl' | 'mqttUrl'>
  readStats: StatsReader
  /** State of every component; responds within two seconds. */
  checks(): Promise<readonly HealthCheck[]>
  /** Called with the checks each second, or every five seconds where no figures are shown. */
  onChecks(checks: readonly HealthCheck[]): void
  view: LiveView
  faultReporter: FaultReporter
  simulatorStatus(): string | undefined
  signal: AbortSignal
  refreshIntervalMs?: number
}

/** Show the figures, where they are visible, and check the components at an interval until the signal aborts. */
export async function runLiveView(options: RunLiveViewOptions): Promise<void> {
  const { forewarn, readStats, checks, onChecks, view, faultReporter, simulatorStatus, signal } = options
  const { refreshIntervalMs = view.showsFigures ? REFRESH_INTERVAL_MS : UNATTENDED_INTERVAL_MS } = options
  const readFigures = async () => (view.showsFigures ? readStats(STATS_TIMEOUT_MS) : undefined)
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  while (!signal.aborted) {
    const seen = await race([Promise.all([readFigures(), checks()]), stopped])
    const [stats, currentChecks = []] = seen ?? []
    const simulator = simulatorStatus()
    if (!signal.aborted) onChecks(currentChecks)
    if (stats && !signal.aborted) {
      const failing = currentChecks.filter(({ ok }) => !ok)
      const failingChecks = failing.map((check) => formatHealthCheck(check, Date.now()))
      view.show({
        ...stats,
        address: forewarn.httpUrl,
        mqtt: forewarn.mqttUrl,
        faults: [...failingChecks, ...stats.faults, ...faultReporter.recentFaults()],
        ...(simulator !== undefined && { simulator }),
      })
    }
    await abortableSleep(refreshIntervalMs, signal)
  }
}

/** The figures cannot be counted: a service that some of them come from does not respond. */
class StatsTimeoutError extends ExpectedError {
  override readonly name = 'StatsTimeoutError'
}

/**
 * Create a reader that counts the figures again at each call, one count at a time. While they cannot be counted, because a
 * service is unavailable, it returns the ones counted before.
 */
export function createStatsReader(
  count: () => Promise<SystemStats>,
  onError: (error: unknown) => void,
): StatsReader {
  let latest: SystemStats | undefined
  let inFlight: Promise<SystemStats> | undefined
  return async (timeoutMs) => {
    inFlight ??= count().finally(() => {
      inFlight = undefined
    })
    const settled = new AbortController()
    const timeout = sleep(timeoutMs, undefined, { signal: settled.signal }).then(() => {
      throw new StatsTimeoutError(`no response within ${timeoutMs / 1_000} s`)
    })
    try {
      latest = await race([inFlight, timeout])
    } catch (error) {
      onError(error)
    } finally {
      settled.abort()
    }
    return latest
  }
}
