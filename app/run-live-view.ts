import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultReporter } from '../health/fault-reporter.ts'
import { abortableSleep } from '../lib/abortable-sleep.ts'
import type { SystemStats } from './system-stats.ts'
import type { LiveView } from './terminal/live-view.ts'
import type { Forewarn } from './wiring/start-forewarn.ts'

const REFRESH_INTERVAL_MS = 1_000
const STATS_TIMEOUT_MS = 2_000

/** Gives the newest figures there are, within `patienceMs`; undefined while there were none yet. */
export type StatsReader = (patienceMs: number) => Promise<SystemStats | undefined>

export interface RunLiveViewOptions {
  forewarn: Pick<Forewarn, 'httpUrl' | 'mqttUrl'>
  readStats: StatsReader
  /** What is wrong at this moment, in words; answers within two seconds. */
  failingChecks(): Promise<readonly string[]>
  view: LiveView
  faultReporter: FaultReporter
  simulatorStatus(): string | undefined
  signal: AbortSignal
}

/** Shows the figures every second until told to stop. */
export async function runLiveView(options: RunLiveViewOptions): Promise<void> {
  const {
    forewarn,
    readStats: figures,
    failingChecks: wrong,
    view,
    faultReporter: troubles,
    simulatorStatus: simulatorSays,
    signal,
  } = options
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  while (!signal.aborted) {
    const seen = await Promise.race([Promise.all([figures(STATS_TIMEOUT_MS), wrong()]), stopped])
    const [newest, troublesNow = []] = seen ?? []
    const simulator = simulatorSays()
    if (newest && !signal.aborted) {
      view.show({
        ...newest,
        address: forewarn.httpUrl,
        mqtt: forewarn.mqttUrl,
        faults: [...troublesNow, ...newest.faults, ...troubles.recentFaults()],
        ...(simulator !== undefined && { simulator }),
      })
    }
    await abortableSleep(REFRESH_INTERVAL_MS, signal)
  }
}

/** The figures cannot be counted: a part that some of them come from does not answer. */
class StatsTimeoutError extends Error {
  override readonly name = 'StatsTimeoutError'
}

/**
 * Counts the figures anew; while a part is away without which they cannot be counted, those counted before are the
 * newest. Nothing is asked again while its answer is still awaited.
 */
export function createStatsReader(
  count: () => Promise<SystemStats>,
  onError: (error: unknown) => void,
): StatsReader {
  let newest: SystemStats | undefined
  let inFlight: Promise<SystemStats> | undefined
  return async (patienceMs) => {
    inFlight ??= count().finally(() => {
      inFlight = undefined
    })
    const answered = new AbortController()
    const timeout = sleep(patienceMs, undefined, { signal: answered.signal }).then(() => {
      throw new StatsTimeoutError(`no answer within ${patienceMs / 1_000} s`)
    })
    try {
      newest = await Promise.race([inFlight, timeout])
    } catch (error) {
      onError(error)
    } finally {
      answered.abort()
    }
    return newest
  }
}
