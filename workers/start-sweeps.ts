import type { Kysely } from 'kysely'
import { monotonicNow as processMonotonicNow } from '../lib/monotonic-clock.ts'
import { makeWaitingNoticesDue } from '../notices/deliver/waiting-notices.ts'
import type { Records } from '../store/records/schema.ts'
import type { Queues } from './queues.ts'
import { loadSweepCount } from './sweep-count.ts'
import { SweepSchedule } from './sweep-schedule.ts'

/** What was made due because the clock was set back. */
export interface ClockRepair {
  /** Delayed jobs. */
  jobs: number
  /** Notices that waited for their next attempt. */
  notices: number
}

export interface StartSweepsOptions {
  records: { db: Kysely<Records> }
  now(): number
  monotonicNow?: () => number
  sweepEveryMs?: number
  onError(error: Error): void
  onClockSetBack?: (repaired: ClockRepair) => void
}

/** A smaller step backwards delays nothing by much, and clocks of several processes differ. */
const stepToleranceMs = 5_000

/** Interval at which the times in the queues are examined, ms. */
const repairIntervalMs = 10_000

/** Request sweeps at their interval, and look after the times that queues and notices store. */
export async function startSweeps(
  {
    records: { db },
    now,
    monotonicNow = processMonotonicNow,
    sweepEveryMs = 30_000,
    onError,
    onClockSetBack,
  }: StartSweepsOptions,
  queues: Pick<Queues, 'requestSweep' | 'removeSweepScheduler' | 'repairTimes'>,
): Promise<SweepSchedule> {
  await queues.removeSweepScheduler()
  // A clock that was ahead may have been set right while the program did not run.
  let newestTime = (await loadSweepCount(db))?.completedAt ?? Number.NEGATIVE_INFINITY
  let repairedAt = Number.NEGATIVE_INFINITY
  return new SweepSchedule({
    everyMs: sweepEveryMs,
    monotonicNow,
    onError,
    requestSweep: () => queues.requestSweep(),
    countCompleted: async () => (await loadSweepCount(db))?.completed ?? 0,
    async beforeCheck() {
      const at = now()
      const isSetBack = at < newestTime - stepToleranceMs
      if (!isSetBack && monotonicNow() - repairedAt < repairIntervalMs) {
        newestTime = at
        return
      }
      const jobs = await queues.repairTimes(Date.now())
      const notices = isSetBack ? await makeWaitingNoticesDue(db, new Date(at)) : 0
      // Last, so that a repair that failed is repeated.
      repairedAt = monotonicNow()
      newestTime = at
      if (isSetBack) onClockSetBack?.({ jobs, notices })
    },
  })
}
