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

/** Result of a request to change the rules; `changes` is empty if nothing was different. */
export type RuleRolloutOutcome = { is: 'done'; changes: readonly RuleChange[] } | PlanRejection

/** Request to change one rule. */
interface RuleChangeRequest {
  by: string
  name: string
}

/** Changes the live rule set, one request after the other. A change is live from its entry in the journal on. */
export interface RuleRollout {
  readonly current: RuleSetVersion
  /** Reload the catalogue folder. */
  reload(by: string, why?: 'start' | 'reload'): Promise<RuleRolloutOutcome>
  /** Start a trial of the rules of some files. */
  startTrial(by: string, files: readonly TextFile[]): Promise<RuleRolloutOutcome>
  /** End a trial. */
  withdraw(request: RuleChangeRequest): Promise<RuleRolloutOutcome>
  /** Make the version on trial the live one. */
  promote(request: RuleChangeRequest): Promise<RuleRolloutOutcome>
  /** Make an earlier version live: `to`, by default the previous one. A promoted rule without one is retired. */
  rollback(request: RuleChangeRequest, to?: string): Promise<RuleRolloutOutcome>
}

/**
 * Open the rollout of a journal. Each change rejects with JournalFullError or JournalWriteError if it could not be written;
 * then nothing changed.
 */
export async function openRuleRollout(options: RuleRolloutOptions): Promise<RuleRollout> {
  const { journal, now } = options
  let current = await loadRuleSetVersion(journal)
  let queueTail: Promise<unknown> = Promise.resolve()

  const applyPlan = async (
    origin: Pick<RuleSetEntry, 'by' | 'why'>,
    plan: RolloutPlan,
  ): Promise<RuleRolloutOutcome> => {
    const at = Math.max(now(), current.changedAt + 1)
    const planned = await plan(current, at)
    if (planned.is !== 'planned') return planned
    const entry = rulesEntryFor(current, planned.ruleSet, { ...origin, at })
    const after = { ...planned.ruleSet, changedAt: entry ? at : current.changedAt }
    await saveRuleSetVersion(journal, after, entry)
    current = after
    return { is: 'done', changes: entry?.changes ?? [] }
  }
  const enqueuePlan = (
    origin: Pick<RuleSetEntry, 'by' | 'why'>,
    plan: RolloutPlan,
  ): Promise<RuleRolloutOutcome> => {
    const outcome = queueTail.then(() => applyPlan(origin, plan))
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
