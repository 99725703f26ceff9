import { RuleFilesError } from '../rules/files/problem.ts'
import type { RuleLife } from '../rules/life/rule-life.ts'
import { type Journal, JournalFullError } from '../store/journal/journal.ts'

export interface StartRulesOptions {
  life: Pick<RuleLife, 'reload'>
  journal: Pick<Journal, 'room'>
  onError(error: unknown): void
}

/**
 * Brings into force what changed in the catalogue folder since it was last read. A journal that is full cannot take that
 * before its consumers run: then what was in force goes on until there is room.
 * @returns what to call when the program stops
 * @throws RuleFilesError
 */
export async function startRules({
  life,
  journal,
  onError,
}: StartRulesOptions): Promise<() => Promise<void>> {
  const stopping = new AbortController()
  let waiting: Promise<unknown> = Promise.resolve()
  try {
    await load(life)
  } catch (error) {
    if (!(error instanceof JournalFullError)) throw error
    onError(error)
    waiting = journal
      .room(stopping.signal)
      .then(() => (stopping.signal.aborted ? undefined : load(life)))
      .catch(onError)
  }
  return async () => {
    stopping.abort()
    await waiting
  }
}

async function load(life: Pick<RuleLife, 'reload'>): Promise<void> {
  const outcome = await life.reload('start', 'start')
  if (outcome.is === 'invalid') throw new RuleFilesError(outcome.problems)
}
