import type { RuleSetEntry } from '../../contract/entry.ts'
import type { RuleChange } from '../../contract/rule-version.ts'
import type { Journal } from '../../store/journal/journal.ts'
import type { Kinds } from '../files/kinds.ts'
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
  withoutRemovals,
} from './plans.ts'
import { loadRuleSetVersion, saveRuleSetVersion } from './rule-set-store.ts'
import { changedKindFiles, type RuleSetVersion, rulesEntryFor } from './rule-set-version.ts'

export interface RuleRolloutOptions extends RolloutPlanOptions {
  journal: Pick<Journal, 'append' | 'facts'>
  now(): number
  /** Run one change at a time, where several processes may change the rules. Default: this process is alone. */
  exclusive?<T>(change: () => Promise<T>): Promise<T>
  /** Whether every reload may remove several live rules. */
  acceptRemovals?: boolean
  /** Called with the kinds that are valid from a reload on. */
  onKinds?(kinds: Kinds): void
}

/** Result of a request to change the rules. */
export type RuleRolloutOutcome = RulesChanged | PlanRejection

/** Changes of the rules; empty if nothing was different. */
interface RulesChanged {
  is: 'done'
  changes: readonly RuleChange[]
  /** Files of kinds that were added, changed or removed. */
  kindFiles: readonly string[]
}

/** What a reload would change. */
type RuleRolloutPreview = (RulesChanged & ReloadPreview) | PlanRejection

interface ReloadPreview {
  before: RuleSetVersion
  after: RuleSetVersion
  /** Whether a reload is rejected unless it accepts removals. */
  needsAcceptance: boolean
}

interface ReloadOptions {
  why?: 'start' | 'reload'
  /** Whether several live rules may be removed. Default: as the rollout was opened. */
  acceptRemovals?: boolean | undefined
}

/** Request to change one rule. */
interface RuleChangeRequest {
  by: string
  name: string
}

/** Changes the live rule set, one request after the other. A change is live from its entry in the journal on. */
export interface RuleRollout {
  readonly current: RuleSetVersion
  /** Load the rule set again: another process may have changed it. */
  refresh(): Promise<void>
  /** Read the folders of kinds and rules again. */
  reload(by: string, options?: ReloadOptions): Promise<RuleRolloutOutcome>
  /** Return what a reload would change, with all removals. */
  preview(): Promise<RuleRolloutPreview>
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
  const { journal, now, acceptRemovals: acceptsRemovals = false } = options
  let current = await loadRuleSetVersion(journal)
  let queueTail: Promise<unknown> = Promise.resolve()

  const applyPlan = async (
    origin: Pick<RuleSetEntry, 'by' | 'why'>,
    plan: RolloutPlan,
  ): Promise<RuleRolloutOutcome> => {
    // Another process may have changed the rules.
    current = await loadRuleSetVersion(journal)
    const at = Math.max(now(), current.changedAt + 1)
    const planned = await plan(current, at)
    if (planned.is !== 'planned') return planned
    const entry = rulesEntryFor(current, planned.ruleSet, { ...origin, at })
    const after = { ...planned.ruleSet, changedAt: entry ? at : current.changedAt }
    await saveRuleSetVersion(journal, after, entry)
    const kindFiles = changedKindFiles(current, after)
    current = after
    if (planned.reloaded !== undefined) options.onKinds?.(planned.reloaded.kinds)
    return { is: 'done', changes: entry?.changes ?? [], kindFiles }
  }
  const preview = async (): Promise<RuleRolloutPreview> => {
    const before = current
    const planned = await planReload(options)(before, now())
    if (planned.is !== 'planned') return planned
    const after = planned.ruleSet
    const { changes = [] } = rulesEntryFor(before, after, { by: '', why: 'reload', at: now() }) ?? {}
    return {
      is: 'done',
      changes,
      kindFiles: changedKindFiles(before, after),
      before,
      after,
      needsAcceptance: !acceptsRemovals && planned.reloaded?.removesTooMany !== undefined,
    }
  }
  const enqueuePlan = (
    origin: Pick<RuleSetEntry, 'by' | 'why'>,
    plan: RolloutPlan,
  ): Promise<RuleRolloutOutcome> => {
    const apply = () => applyPlan(origin, plan)
    const { exclusive } = options
    const outcome = queueTail.then(() => (exclusive === undefined ? apply() : exclusive(apply)))
    queueTail = outcome.catch(() => undefined)
    return outcome
  }

  return {
    get current() {
      return current
    },
    async refresh() {
      current = await loadRuleSetVersion(journal)
    },
    reload: (by, { why = 'reload', acceptRemovals = acceptsRemovals } = {}) => {
      const plan = planReload(options)
      return enqueuePlan({ by, why }, acceptRemovals ? plan : withoutRemovals(plan))
    },
    preview,
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
