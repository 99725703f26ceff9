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

/** Why there is no next book. */
export type PlanRejection =
  /** Rule files are not in order. */
  | { is: 'invalid'; problems: readonly RuleFileProblem[] }
  /** `why` in words. */
  | { is: 'refused'; reason: PlanRejectionReason; why: string }

type PlanRejectionReason = 'rule_not_live' | 'rule_live_already' | 'rule_not_on_trial' | 'no_earlier_version'

type PlanResult = { is: 'planned'; book: RuleSetVersion } | PlanRejection

/** Makes the next book of the present one, to hold from `at`. */
export type RolloutPlan = (book: RuleSetVersion, at: number) => Promise<PlanResult>

export interface RolloutPlanOptions {
  references: RuleReferences
  /** Folder of the catalogue. */
  catalogFolder: string
  archive: RuleVersionStore
}

export function planReload({
  catalogFolder: folder,
  references: vocabulary,
}: RolloutPlanOptions): RolloutPlan {
  return async (book) => {
    const { rules, problems } = await validateRules([folder], vocabulary)
    if (problems.length > 0) return { is: 'invalid', problems }
    return { is: 'planned', book: withCatalog(book, rules.map(toRuleVersion)) }
  }
}

export function planTrial(
  files: readonly TextFile[],
  { references: vocabulary }: RolloutPlanOptions,
): RolloutPlan {
  return async (book, at) => {
    const live = validateRuleTexts(book.live, vocabulary).rules.map(({ rule }) => rule)
    const { rules, problems } = validateRuleTexts(files, { ...vocabulary, otherRules: live })
    if (problems.length > 0) return { is: 'invalid', problems }
    const versions = rules.map(toRuleVersion)
    const same = versions.find((rule) => includesVersion(book.live, rule))
    if (same) return rejectPlan('rule_live_already', `${same.file} says what ${same.name} says already, live`)
    return { is: 'planned', book: withTrials(book, versions, at) }
  }
}

export function planWithdrawal(name: string): RolloutPlan {
  return async (book) => {
    const rule = findRule(book.shadow, name)
    return rule ? { is: 'planned', book: withoutTrial(book, rule) } : rejectNotOnTrial(name)
  }
}

export function planPromotion(name: string): RolloutPlan {
  return async (book) => {
    const rule = findRule(book.shadow, name)
    return rule ? { is: 'planned', book: withLive(book, rule) } : rejectNotOnTrial(name)
  }
}

/** To the version before; where there was none, and none is in the folder, to no rule. */
export function planRollback(
  name: string,
  { archive, references: vocabulary }: RolloutPlanOptions,
): RolloutPlan {
  return async (book) => {
    const live = findRule(book.live, name)
    if (live === undefined)
      return rejectPlan('rule_not_live', `no rule ${name} is live; name the version to go back to`)
    const before = await archive.findPreviousLive(name, live.version)
    if (before !== undefined) return restoreVersion(book, before, vocabulary)
    if (book.folder[name] === undefined) return { is: 'planned', book: withoutLive(book, live) }
    return rejectPlan('no_earlier_version', `no other version of ${name} was ever live`)
  }
}

export function planRollbackTo(
  name: string,
  to: string,
  { archive, references: vocabulary }: RolloutPlanOptions,
): RolloutPlan {
  return async (book) => {
    const version = await archive.find(name, to)
    if (version !== undefined) return restoreVersion(book, version, vocabulary)
    return rejectPlan('no_earlier_version', `there never was a version ${to} of ${name}`)
  }
}

/** What was in order once may not fit the kinds any more. */
function restoreVersion(book: RuleSetVersion, version: RuleVersion, vocabulary: RuleReferences): PlanResult {
  const { problems } = validateRuleText(version, vocabulary)
  return problems.length > 0 ? { is: 'invalid', problems } : { is: 'planned', book: withLive(book, version) }
}

const rejectNotOnTrial = (name: string) => rejectPlan('rule_not_on_trial', `no rule ${name} is on trial`)

function rejectPlan(reason: PlanRejectionReason, why: string): PlanRejection {
  return { is: 'refused', reason, why }
}

function toRuleVersion({ file, text, rule: { name, version } }: LoadedRule): RuleVersion {
  return { file, text, name, version }
}
