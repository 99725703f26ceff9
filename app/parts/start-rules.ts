import { RuleFilesError } from '../../rules/files/problem.ts'
import { alignBooks } from '../../rules/rollout/align-books.ts'
import type { RuleLife } from '../../rules/rollout/rule-life.ts'
import { JournalFullError } from '../../store/journal/journal.ts'
import { broadcast, type Partitions } from '../../store/journal/partitions.ts'

export interface StartRulesOptions {
  life: Pick<RuleLife, 'reload'>
  partitions: Partitions
  now(): number
  onError(error: unknown): void
}

/**
 * Brings into force what changed in the catalogue folder since it was last read. A journal that is full cannot take that
 * before its consumers run: then what was in force goes on until there is room.
 * @returns what to call when the program stops
 * @throws RuleFilesError
 */
export async function startRules(options: StartRulesOptions): Promise<() => Promise<void>> {
  const { partitions, onError } = options
  const stopping = new AbortController()
  let waiting: Promise<unknown> = Promise.resolve()
  try {
    await load(options)
  } catch (error) {
    if (!(error instanceof JournalFullError)) throw error
    onError(error)
    waiting = broadcast(partitions)
      .room(stopping.signal)
      .then(() => (stopping.signal.aborted ? undefined : load(options)))
      .catch(onError)
  }
  return async () => {
    stopping.abort()
    await waiting
  }
}

async function load({ life, partitions, now }: StartRulesOptions): Promise<void> {
  await alignBooks(partitions, now())
  const outcome = await life.reload('start', 'start')
  if (outcome.is === 'invalid') throw new RuleFilesError(outcome.problems)
}
