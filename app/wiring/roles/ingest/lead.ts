import { abortableSleep } from '../../../../lib/abortable-sleep.ts'
import { settlesWithin } from '../../../../lib/settles-within.ts'
import type { RuleRollout } from '../../../../rules/rollout/rule-rollout.ts'
import { broadcast, type Partitions } from '../../../../store/journal/partitions.ts'
import { startTicker } from '../../../ticker.ts'
import { startRules } from '../../start-rules.ts'
import type { ClaimContext } from '../partition-claims.ts'

export interface LeadOptions {
  readers: Partitions
  /** Whether ticks are written. */
  passTime: boolean
  ruleRollout: Pick<RuleRollout, 'reload'>
  now(): number
  /** Take in what devices have said of themselves before this installation was there. */
  readRetained(context: Pick<ClaimContext, 'journal' | 'signal'>): Promise<void>
  /** Run one change of the rules at a time, over all processes. */
  exclusive<T>(change: () => Promise<T>): Promise<T>
  isReceiving(): boolean
  isClockBelieved(): boolean
  onError(error: unknown, where: string): void
}

const retryMs = 1_000
const stopWithinMs = 300

/**
 * Do what one process of the installation does: read the rule catalogue into the live rule set, and write the ticks of
 * time. It is the one that ingests the first partition; where that moves, ticks go on within the minute, and what they say
 * of the time since when messages arrive goes on with them.
 */
export async function lead(
  { journal, signal }: Pick<ClaimContext, 'journal' | 'signal'>,
  {
    readers: [, ...others],
    passTime,
    ruleRollout,
    exclusive,
    readRetained,
    now,
    isReceiving,
    isClockBelieved,
    onError,
  }: LeadOptions,
): Promise<{ stop(): Promise<void> }> {
  const partitions: Partitions = [journal, ...others]
  const working = (async () => {
    const stopRules = await retryUntilStopped(
      signal,
      (error) => onError(error, 'rules'),
      () =>
        startRules({ ruleRollout, partitions, exclusive, now, onError: (error) => onError(error, 'rules') }),
    )
    await retryUntilStopped(
      signal,
      (error) => onError(error, 'mqtt'),
      () => readRetained({ journal, signal }),
    )
    if (!passTime) return { stopRules, ticker: undefined }
    const ticker = await retryUntilStopped(
      signal,
      (error) => onError(error, 'ticker'),
      () =>
        startTicker({
          journal: broadcast(partitions),
          now,
          isReceiving,
          isClockBelieved,
          onError: (error) => onError(error, 'ticker'),
        }),
    )
    return { stopRules, ticker }
  })()
  working.catch((error: unknown) => onError(error, 'rules'))
  return {
    async stop() {
      const stopped = working.then(async ({ stopRules, ticker }) => {
        await ticker?.stop()
        await stopRules?.()
      })
      // It may wait for a partition that no process ingests at present.
      await settlesWithin(stopWithinMs, stopped)
    },
  }
}

/** Other partitions may have no process that ingests them yet. */
async function retryUntilStopped<T>(
  signal: AbortSignal,
  onError: (error: unknown) => void,
  step: () => Promise<T>,
): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await step()
    } catch (error) {
      if (!signal.aborted) onError(error)
      await abortableSleep(retryMs, signal)
    }
  }
  return undefined
}
