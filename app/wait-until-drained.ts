import { setTimeout as sleep } from 'node:timers/promises'
import { StatsUnavailableError, type SystemStats } from './system-stats.ts'
import { CommandError } from './terminal/output.ts'

const POLL_INTERVAL_MS = 200
const STALL_TIMEOUT_MS = 60_000

export interface DrainOptions {
  stats(): Promise<SystemStats>
  /** Number of readings sent; an acknowledged one may still be in the broker. */
  sent: number
  now: () => number
  signal: AbortSignal
}

/**
 * Wait until everything sent was received and processed: read by every consumer, no pending job, each notice
 * confirmed by its phone. Checked twice in a row, because a job may be between two queues for a moment.
 * @throws CommandError without progress for a minute, with what is left
 */
export async function waitUntilDrained({ stats, sent, now, signal }: DrainOptions): Promise<SystemStats> {
  let idlePolls = 0
  let last = ''
  let movedAt = now()
  while (!signal.aborted) {
    const state = await readStats(stats)
    // A backend that is too busy to answer in time is asked again.
    const left = state instanceof StatsUnavailableError ? state.message : describePendingWork(state, sent)
    idlePolls = left === '' ? idlePolls + 1 : 0
    if (idlePolls === 2 && !(state instanceof StatsUnavailableError)) return state
    if (left !== last) movedAt = now()
    last = left
    if (now() - movedAt > STALL_TIMEOUT_MS)
      throw new CommandError(`no progress for 60 s; still pending: ${left}`)
    await sleep(POLL_INTERVAL_MS)
  }
  throw new CommandError('interrupted')
}

async function readStats(stats: DrainOptions['stats']): Promise<SystemStats | StatsUnavailableError> {
  try {
    return await stats()
  } catch (error) {
    if (error instanceof StatsUnavailableError) return error
    throw error
  }
}

function describePendingWork({ received, lag, jobs, noticesPending }: SystemStats, sent: number): string {
  const counts = {
    'readings in transit': sent - received,
    'journal entries': lag,
    jobs,
    'unconfirmed notices': noticesPending,
  }
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}
