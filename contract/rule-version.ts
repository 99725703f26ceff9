/** What is remembered of rules that are not in force any more. */
export interface RuleVersionStore {
  find(name: string, version: string): Promise<RuleVersion | undefined>
  /** Which version was the last to go live but for this one. */
  findPreviousLive(name: string, version: string): Promise<RuleVersion | undefined>
}

/** The text of a rule file, and its name for messages. */
export interface RuleText {
  file: string
  text: string
}

export interface RuleVersion extends RuleText {
  /** The rule's name. */
  name: string
  /** Short hash of what the rule says. */
  version: string
}

export interface TrialRuleVersion extends RuleVersion {
  /** When its trial began, ms; no two trials of a rule have the same. */
  trialStartedAt: number
}

/** What became of one version of a rule. */
export interface RuleChange {
  name: string
  version: string
  to: 'live' | 'shadow' | 'retired'
}
