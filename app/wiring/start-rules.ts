import { ExpectedError } from '../../lib/expected-error.ts'
import { RuleFilesError } from '../../rules/files/rule-file-problem.ts'
import { alignPartitions } from '../../rules/rollout/align-partitions.ts'
import type { RuleRollout } from '../../rules/rollout/rule-rollout.ts'
import { JournalFullError } from '../../store/journal/journal.ts'
import { broadcast, type Partitions } from '../../store/journal/partitions.ts'

/** The rule files differ so much from the live rules that the program does not start without being told to. */
class RuleChangeRejectedError extends ExpectedError {
  override readonly name = 'RuleChangeRejectedError'
}

export interface StartRulesOptions {
  ruleRollout: Pick<RuleRollout, 'reload'>
  partitions: Partitions
  now(): number
  /** Run one change at a time, where several processes may change the rules. Default: this process is alone. */
  exclusive?<T>(change: () => Promise<T>): Promise<T>
  onError(error: unknown): void
}

/**
 * Add the changes of the catalogue folder since it was last read to the live rule set. A full journal cannot take them
 * before its consumers run: then the earlier rules stay live until there is room.
 * @returns a function to call when the program stops
 * @throws RuleFilesError, RuleChangeRejectedError
 */
export async function startRules(options: StartRulesOptions): Promise<() => Promise<void>> {
  const { partitions, onError } = options
  const stopping = new AbortController()
  let pendingReload: Promise<unknown> = Promise.resolve()
  try {
    await reloadCatalog(options)
  } catch (error) {
    if (!(error instanceof JournalFullError)) throw error
    onError(error)
    pendingReload = broadcast(partitions)
      .waitForSpace(stopping.signal)
      .then(() => (stopping.signal.aborted ? undefined : reloadCatalog(options)))
      .catch(onError)
  }
  return async () => {
    stopping.abort()
    await pendingReload
  }
}

async function reloadCatalog({
  ruleRollout,
  partitions,
  now,
  exclusive = (change) => change(),
}: StartRulesOptions): Promise<void> {
  await exclusive(() => alignPartitions(partitions, now()))
  const outcome = await ruleRollout.reload('start', { why: 'start' })
  if (outcome.is === 'invalid') throw new RuleFilesError(outcome.problems)
  if (outcome.is === 'rejected') throw new RuleChangeRejectedError(outcome.why)
}
