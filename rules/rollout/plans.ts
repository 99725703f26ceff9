import type { RuleVersion, RuleVersionStore } from '../../contract/rule-version.ts'
import {
  type LoadedRule,
  type RuleReferences,
  validateRules,
  validateRuleText,
  validateRuleTexts,
} from '../files/load-rules.ts'
import type { TextFile } from '../files/read-yaml-files.ts'
import type { RuleFileProblem } from '../files/rule-file-problem.ts'
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

type PlanRejectionReason = 'rule_not_live' | 'rule_live_already' | 'rule_not_on_trial' | 'no_earlier_version'

type PlanResult = { is: 'planned'; ruleSet: RuleSetVersion } | PlanRejection

/** Compute the next rule set from the current one, to be live from `at`, ms. */
export type RolloutPlan = (ruleSet: RuleSetVersion, at: number) => Promise<PlanResult>

export interface RolloutPlanOptions {
  references: RuleReferences
  /** Folder of the rule catalogue. */
  catalogFolder: string
  archive: RuleVersionStore
}

/** Plan to make the catalogue folder live. */
export function planReload({ catalogFolder, references }: RolloutPlanOptions): RolloutPlan {
  return async (ruleSet) => {
    const { rules, problems } = await validateRules([catalogFolder], references)
    if (problems.length > 0) return { is: 'invalid', problems }
    return { is: 'planned', ruleSet: withCatalog(ruleSet, rules.map(toRuleVersion)) }
  }
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
  const { problems } = validateRuleText(version, references)
  return problems.length > 0
    ? { is: 'invalid', problems }
    : { is: 'planned', ruleSet: withLive(ruleSet, version) }
}

const rejectNotOnTrial = (name: string) => rejectPlan('rule_not_on_trial', `no rule ${name} is on trial`)

function rejectPlan(reason: PlanRejectionReason, why: string): PlanRejection {
  return { is: 'rejected', reason, why }
}

function toRuleVersion({ file, text, rule: { name, version } }: LoadedRule): RuleVersion {
  return { file, text, name, version }
}
