import type { ServerClock } from '../../ingest/clock/server-clock.ts'
import { serverBacktestThread } from '../backtest-threads/backtest-threads.ts'
import { type RuleFlagSweepOptions, startRuleFlagSweep } from '../rule-flag-sweep.ts'
import type { Settings } from '../settings/schema.ts'
import type { Shutdown } from '../shutdown.ts'
import { retentionFrom, startRetention } from './retention.ts'

export interface PeriodicWorkOptions extends Omit<RuleFlagSweepOptions, 'threadsFor' | 'onError'> {
  settings: Settings
  serverClock: Pick<ServerClock, 'retentionNow'>
  /** Return a function that reports errors as those of a component. */
  reportAs(where: string): (error: unknown) => void
}

/** Start the retention of the series, and the comparison of verdicts with the rules. */
export function startPeriodicWork(
  { settings, serverClock, reportAs, ...flagOptions }: PeriodicWorkOptions,
  shutdown: Shutdown,
): void {
  const retention = startRetention({
    series: flagOptions.series,
    retentionMs: retentionFrom(settings),
    now: () => serverClock.retentionNow(),
    onError: reportAs('retention'),
  })
  shutdown.add('the retention', () => retention.stop())
  const flags = startRuleFlagSweep({
    ...flagOptions,
    threadsFor: (rules) => serverBacktestThread(settings, rules),
    onError: reportAs('rule flags'),
  })
  shutdown.add('the flags of rules', () => flags.stop())
}
