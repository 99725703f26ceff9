import type { RuleArchive, RuleVersion } from '../../contract/rule-version.ts'
import {
  checkRules,
  checkRuleText,
  checkRuleTexts,
  type LoadedRule,
  type Vocabulary,
} from '../files/load-rules.ts'
import type { Problem } from '../files/problem.ts'
import type { TextFile } from '../files/read-folder.ts'
import { find, holds, putLive, type Rulebook, reloaded, retired, tried, withdrawn } from './rulebook.ts'

/** Why there is no next book. */
export type NotPlanned =
  /** Rule files are not in order. */
  | { is: 'invalid'; problems: readonly Problem[] }
  /** `why` in words. */
  | { is: 'refused'; reason: RefusalReason; why: string }

type RefusalReason = 'rule_not_live' | 'rule_live_already' | 'rule_not_on_trial' | 'no_earlier_version'

type Planned = { is: 'planned'; book: Rulebook } | NotPlanned

/** Makes the next book of the present one, to hold from `at`. */
export type Plan = (book: Rulebook, at: number) => Promise<Planned>

export interface PlanOptions {
  vocabulary: Vocabulary
  /** Folder of the catalogue. */
  folder: string
  archive: RuleArchive
}

export function planReload({ folder, vocabulary }: PlanOptions): Plan {
  return async (book) => {
    const { rules, problems } = await checkRules([folder], vocabulary)
    if (problems.length > 0) return { is: 'invalid', problems }
    return { is: 'planned', book: reloaded(book, rules.map(versionOf)) }
  }
}

export function planTrial(files: readonly TextFile[], { vocabulary }: PlanOptions): Plan {
  return async (book, at) => {
    const live = checkRuleTexts(book.live, vocabulary).rules.map(({ rule }) => rule)
    const { rules, problems } = checkRuleTexts(files, { ...vocabulary, beside: live })
    if (problems.length > 0) return { is: 'invalid', problems }
    const versions = rules.map(versionOf)
    const same = versions.find((rule) => holds(book.live, rule))
    if (same) return refused('rule_live_already', `${same.file} says what ${same.name} says already, live`)
    return { is: 'planned', book: tried(book, versions, at) }
  }
}

export function planWithdrawal(name: string): Plan {
  return async (book) => {
    const rule = find(book.shadow, name)
    return rule ? { is: 'planned', book: withdrawn(book, rule) } : notOnTrial(name)
  }
}

export function planPromotion(name: string): Plan {
  return async (book) => {
    const rule = find(book.shadow, name)
    return rule ? { is: 'planned', book: putLive(book, rule) } : notOnTrial(name)
  }
}

/** To the version before; where there was none, and none is in the folder, to no rule. */
export function planRollback(name: string, { archive, vocabulary }: PlanOptions): Plan {
  return async (book) => {
    const live = find(book.live, name)
    if (live === undefined)
      return refused('rule_not_live', `no rule ${name} is live; name the version to go back to`)
    const before = await archive.liveBefore(name, live.version)
    if (before !== undefined) return backTo(book, before, vocabulary)
    if (book.folder[name] === undefined) return { is: 'planned', book: retired(book, live) }
    return refused('no_earlier_version', `no other version of ${name} was ever live`)
  }
}

export function planReturn(name: string, to: string, { archive, vocabulary }: PlanOptions): Plan {
  return async (book) => {
    const version = await archive.version(name, to)
    if (version !== undefined) return backTo(book, version, vocabulary)
    return refused('no_earlier_version', `there never was a version ${to} of ${name}`)
  }
}

/** What was in order once may not fit the kinds any more. */
function backTo(book: Rulebook, version: RuleVersion, vocabulary: Vocabulary): Planned {
  const { problems } = checkRuleText(version, vocabulary)
  return problems.length > 0 ? { is: 'invalid', problems } : { is: 'planned', book: putLive(book, version) }
}

const notOnTrial = (name: string) => refused('rule_not_on_trial', `no rule ${name} is on trial`)

function refused(reason: RefusalReason, why: string): NotPlanned {
  return { is: 'refused', reason, why }
}

function versionOf({ file, text, rule: { name, version } }: LoadedRule): RuleVersion {
  return { file, text, name, version }
}
