import type { RuleVersion, RuleVersionStore } from '../../contract/rule-version.ts'
import { withPresentNames } from '../files/former-names.ts'
import { type Kinds, readKinds } from '../files/kinds.ts'
import {
  type LoadedRule,
  type RuleReferences,
  validateRuleText,
  validateRuleTexts,
} from '../files/load-rules.ts'
import type { TextFile } from '../files/read-yaml-files.ts'
import { type CatalogFolders, validateCatalog } from '../files/rule-catalog.ts'
import { type RuleFileProblem, RuleFilesError } from '../files/rule-file-problem.ts'
import {
  findRule,
  includesVersion,
  type RuleSetVersion,
  withCatalog,
  withLive,
  withoutLive,
  withoutTrial,
  withTrials,
} from './rule-set-version.ts'

/** Reason why a change of the rules was rejected. */
export type PlanRejection =
  /** Rule files have problems. */
  | { is: 'invalid'; problems: readonly RuleFileProblem[] }
  /** `why` is the message for users. */
  | { is: 'rejected'; reason: PlanRejectionReason; why: string }

type PlanRejectionReason =
  | 'rule_not_live'
  | 'rule_live_already'
  | 'rule_not_on_trial'
  | 'no_earlier_version'
  | 'rules_removed'

/** The next rule set. */
interface PlannedRuleSet {
  is: 'planned'
  ruleSet: RuleSetVersion
  /** What a reload has read. */
  reloaded?: { kinds: Kinds; removesTooMany: PlanRejection | undefined }
}

type PlanResult = PlannedRuleSet | PlanRejection

/** Compute the next rule set from the current one, to be live from `at`, ms. */
export type RolloutPlan = (ruleSet: RuleSetVersion, at: number) => Promise<PlanResult>

export interface RolloutPlanOptions {
  references: RuleReferences
  catalog: CatalogFolders
  /** Folders of device kinds, the shipped ones first. */
  kindFolders: readonly string[]
  archive: RuleVersionStore
}

/** Most live rules that a reload removes without being told to. */
const maxSilentRemovals = 1

/** Plan to make the kinds and rules of the folders live, whatever that removes. */
export function planReload({ catalog, kindFolders, references }: RolloutPlanOptions): RolloutPlan {
  return async (ruleSet) => {
    const loaded = await readKinds(kindFolders).catch((error: unknown) => {
      if (error instanceof RuleFilesError) return error
      throw error
    })
    if (loaded instanceof RuleFilesError) return { is: 'invalid', problems: loaded.problems }
    const { kinds } = loaded
    const { rules, problems, disabled } = await validateCatalog(catalog, { ...references, kinds })
    if (problems.length > 0) return { is: 'invalid', problems }
    const versions = rules.map(toRuleVersion)
    const removed = findRemoved(ruleSet, [...versions.map(({ name }) => name), ...disabled])
    return {
      is: 'planned',
      ruleSet: { ...withCatalog(ruleSet, versions), kinds: loaded.files.map(toTextFile) },
      reloaded: {
        kinds,
        removesTooMany: removed.length > maxSilentRemovals ? rejectRemovals(removed, catalog) : undefined,
      },
    }
  }
}

/** Reject a plan that removes more than one live rule. */
export function withoutRemovals(plan: RolloutPlan): RolloutPlan {
  return async (ruleSet, at) => {
    const planned = await plan(ruleSet, at)
    return planned.is === 'planned' ? (planned.reloaded?.removesTooMany ?? planned) : planned
  }
}

/** Return the live rules that came from the catalogue and are no longer in it. */
function findRemoved({ live, catalogVersions }: RuleSetVersion, present: readonly string[]): string[] {
  const names = live.map(({ name }) => name)
  return names.filter((name) => catalogVersions[name] !== undefined && !present.includes(name))
}

function rejectRemovals(removed: readonly string[], { folders }: CatalogFolders): PlanRejection {
  return rejectPlan(
    'rules_removed',
    `this would remove ${removed.length} live rules and clear their findings: ${removed.join(', ')}. ` +
      `They are no longer in ${folders.join(', ')}. Put their files back, name them in rules.disabled, or accept the ` +
      'removal with --accept-removals (setting rules.removals: accept)',
  )
}

/** Plan a trial of rule texts. */
export function planTrial(files: readonly TextFile[], { references }: RolloutPlanOptions): RolloutPlan {
  return async (ruleSet, at) => {
    const live = validateRuleTexts(ruleSet.live, references).rules.map(({ rule }) => rule)
    const { rules, problems } = validateRuleTexts(files, { ...references, otherRules: live })
    if (problems.length > 0) return { is: 'invalid', problems }
    const versions = rules.map(toRuleVersion)
    const same = versions.find((rule) => includesVersion(ruleSet.live, rule))
    if (same)
      return rejectPlan(
        'rule_live_already',
        `${same.file} is the same as the live version of ${same.name}; change it to try it`,
      )
    return { is: 'planned', ruleSet: withTrials(ruleSet, versions, at) }
  }
}

/** Plan to end the trial of a rule. */
export function planWithdrawal(name: string): RolloutPlan {
  return async (ruleSet) => {
    const rule = findRule(ruleSet.shadow, name)
    return rule ? { is: 'planned', ruleSet: withoutTrial(ruleSet, rule) } : rejectNotOnTrial(name)
  }
}

/** Plan to make the version on trial live. */
export function planPromotion(name: string): RolloutPlan {
  return async (ruleSet) => {
    const rule = findRule(ruleSet.shadow, name)
    return rule ? { is: 'planned', ruleSet: withLive(ruleSet, rule) } : rejectNotOnTrial(name)
  }
}

/** Plan a rollback to the previous live version; a rule that had none, and is not in the catalogue folder, is retired. */
export function planRollback(name: string, { archive, references }: RolloutPlanOptions): RolloutPlan {
  return async (ruleSet) => {
    const live = findRule(ruleSet.live, name)
    if (live === undefined)
      return rejectPlan('rule_not_live', `no rule ${name} is live; name the version to roll back to`)
    const before = await archive.findPreviousLive(name, live.version)
    if (before !== undefined) return restoreVersion(ruleSet, before, references)
    if (ruleSet.catalogVersions[name] === undefined)
      return { is: 'planned', ruleSet: withoutLive(ruleSet, live) }
    return rejectPlan('no_earlier_version', `no other version of ${name} was ever live`)
  }
}

/** Plan to make the archived version `to` live. */
export function planRollbackTo(
  name: string,
  to: string,
  { archive, references }: RolloutPlanOptions,
): RolloutPlan {
  return async (ruleSet) => {
    const version = await archive.find(name, to)
    if (version !== undefined) return restoreVersion(ruleSet, version, references)
    return rejectPlan('no_earlier_version', `there is no version ${to} of ${name}`)
  }
}

/** Make an archived version live, unless it no longer fits the kinds. */
function restoreVersion(
  ruleSet: RuleSetVersion,
  version: RuleVersion,
  references: RuleReferences,
): PlanResult {
  const present = { ...version, text: withPresentNames(version.text) }
  const { problems } = validateRuleText(present, references)
  return problems.length > 0
    ? { is: 'invalid', problems }
    : { is: 'planned', ruleSet: withLive(ruleSet, present) }
}

const rejectNotOnTrial = (name: string) => rejectPlan('rule_not_on_trial', `no rule ${name} is on trial`)

function rejectPlan(reason: PlanRejectionReason, why: string): PlanRejection {
  return { is: 'rejected', reason, why }
}

const toTextFile = ({ file, text }: TextFile): TextFile => ({ file, text })

function toRuleVersion({ file, text, rule: { name, version } }: LoadedRule): RuleVersion {
  return { file, text, name, version }
}
