import type { RuleSetEntry } from '../../contract/entry.ts'
import type { RuleChange } from '../../contract/rule-version.ts'
import type { Journal } from '../../store/journal/journal.ts'
import type { TextFile } from '../files/read-yaml-files.ts'
import {
  type PlanRejection,
  planPromotion,
  planReload,
  planRollback,
  planRollbackTo,
  planTrial,
  planWithdrawal,
  type RolloutPlan,
  type RolloutPlanOptions,
} from './plans.ts'
import { loadRuleSetVersion, saveRuleSetVersion } from './rule-set-store.ts'
import { type RuleSetVersion, rulesEntryFor } from './rule-set-version.ts'

export interface RuleRolloutOptions extends RolloutPlanOptions {
  journal: Pick<Journal, 'append' | 'facts'>
  now(): number
}

/** What came of a wish to change the rules; without changes all was so already. */
export type RuleRolloutOutcome = { is: 'done'; changes: readonly RuleChange[] } | PlanRejection

/** Somebody's wish concerning one rule. */
interface RuleChangeRequest {
  by: string
  name: string
}

/** Changes the rules in force, one wish after the other. Each comes into force where its entry stands in the journal. */
export interface RuleRollout {
  readonly current: RuleSetVersion
  /** Read the catalogue folder anew. */
  reload(by: string, why?: 'start' | 'reload'): Promise<RuleRolloutOutcome>
  /** Put the rules of some files on trial. */
  startTrial(by: string, files: readonly TextFile[]): Promise<RuleRolloutOutcome>
  /** End a trial. */
  withdraw(wish: RuleChangeRequest): Promise<RuleRolloutOutcome>
  /** Make the version on trial the live one. */
  promote(wish: RuleChangeRequest): Promise<RuleRolloutOutcome>
  /** Make an earlier version live, the one before unless `to` names another. A promoted rule that had none goes. */
  rollback(wish: RuleChangeRequest, to?: string): Promise<RuleRolloutOutcome>
}

/** @throws JournalFullError, JournalWriteError from each change that could not be written; then nothing changed */
export async function openRuleRollout(options: RuleRolloutOptions): Promise<RuleRollout> {
  const { journal, now } = options
  let current = await loadRuleSetVersion(journal)
  let queueTail: Promise<unknown> = Promise.resolve()

  const applyPlan = async (
    told: Pick<RuleSetEntry, 'by' | 'why'>,
    plan: RolloutPlan,
  ): Promise<RuleRolloutOutcome> => {
    const at = Math.max(now(), current.at + 1)
    const planned = await plan(current, at)
    if (planned.is !== 'planned') return planned
    const entry = rulesEntryFor(current, planned.book, { ...told, at })
    const after = { ...planned.book, at: entry ? at : current.at }
    await saveRuleSetVersion(journal, after, entry)
    current = after
    return { is: 'done', changes: entry?.changes ?? [] }
  }
  const enqueuePlan = (
    told: Pick<RuleSetEntry, 'by' | 'why'>,
    plan: RolloutPlan,
  ): Promise<RuleRolloutOutcome> => {
    const outcome = queueTail.then(() => applyPlan(told, plan))
    queueTail = outcome.catch(() => undefined)
    return outcome
  }

  return {
    get current() {
      return current
    },
    reload: (by, why = 'reload') => enqueuePlan({ by, why }, planReload(options)),
    startTrial: (by, files) => enqueuePlan({ by, why: 'trial' }, planTrial(files, options)),
    withdraw: ({ by, name }) => enqueuePlan({ by, why: 'withdraw' }, planWithdrawal(name)),
    promote: ({ by, name }) => enqueuePlan({ by, why: 'promote' }, planPromotion(name)),
    rollback: ({ by, name }, to) =>
      enqueuePlan(
        { by, why: 'rollback' },
        to === undefined ? planRollback(name, options) : planRollbackTo(name, to, options),
      ),
  }
}
