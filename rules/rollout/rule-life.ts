import type { RulesEntry } from '../../contract/entry.ts'
import type { RuleChange } from '../../contract/rule-version.ts'
import type { Journal } from '../../store/journal/journal.ts'
import type { TextFile } from '../files/read-folder.ts'
import {
  type NotPlanned,
  type Plan,
  type PlanOptions,
  planPromotion,
  planReload,
  planReturn,
  planRollback,
  planTrial,
  planWithdrawal,
} from './plans.ts'
import { entryBetween, type Rulebook } from './rulebook.ts'
import { loadBook, saveBook } from './stored-book.ts'

export interface RuleLifeOptions extends PlanOptions {
  journal: Pick<Journal, 'append' | 'facts'>
  now(): number
}

/** What came of a wish to change the rules; without changes all was so already. */
export type RuleLifeOutcome = { is: 'done'; changes: readonly RuleChange[] } | NotPlanned

/** Somebody's wish concerning one rule. */
interface RuleWish {
  by: string
  name: string
}

/** Changes the rules in force, one wish after the other. Each comes into force where its entry stands in the journal. */
export interface RuleLife {
  readonly book: Rulebook
  /** Reads the catalogue folder anew. */
  reload(by: string, why?: 'start' | 'reload'): Promise<RuleLifeOutcome>
  /** Puts the rules of some files on trial. */
  tryOut(by: string, files: readonly TextFile[]): Promise<RuleLifeOutcome>
  /** Ends a trial. */
  withdraw(wish: RuleWish): Promise<RuleLifeOutcome>
  /** Makes the version on trial the live one. */
  promote(wish: RuleWish): Promise<RuleLifeOutcome>
  /** Makes an earlier version live, the one before unless `to` names another. A promoted rule that had none goes. */
  rollback(wish: RuleWish, to?: string): Promise<RuleLifeOutcome>
}

/** @throws JournalFullError, JournalWriteError from each change that could not be written; then nothing changed */
export async function openRuleLife(options: RuleLifeOptions): Promise<RuleLife> {
  const { journal, now } = options
  let book = await loadBook(journal)
  let last: Promise<unknown> = Promise.resolve()

  const carryOut = async (told: Pick<RulesEntry, 'by' | 'why'>, plan: Plan): Promise<RuleLifeOutcome> => {
    const at = Math.max(now(), book.at + 1)
    const planned = await plan(book, at)
    if (planned.is !== 'planned') return planned
    const entry = entryBetween(book, planned.book, { ...told, at })
    const after = { ...planned.book, at: entry ? at : book.at }
    await saveBook(journal, after, entry)
    book = after
    return { is: 'done', changes: entry?.changes ?? [] }
  }
  const change = (told: Pick<RulesEntry, 'by' | 'why'>, plan: Plan): Promise<RuleLifeOutcome> => {
    const outcome = last.then(() => carryOut(told, plan))
    last = outcome.catch(() => undefined)
    return outcome
  }

  return {
    get book() {
      return book
    },
    reload: (by, why = 'reload') => change({ by, why }, planReload(options)),
    tryOut: (by, files) => change({ by, why: 'trial' }, planTrial(files, options)),
    withdraw: ({ by, name }) => change({ by, why: 'withdraw' }, planWithdrawal(name)),
    promote: ({ by, name }) => change({ by, why: 'promote' }, planPromotion(name)),
    rollback: ({ by, name }, to) =>
      change(
        { by, why: 'rollback' },
        to === undefined ? planRollback(name, options) : planReturn(name, to, options),
      ),
  }
}
