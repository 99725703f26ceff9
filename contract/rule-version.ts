/** Store of earlier rule versions. */
export interface RuleVersionStore {
  find(name: string, version: string): Promise<RuleVersion | undefined>
  /** Return the version that was live before this one. */
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
  /** Short hash of the rule's content. */
  version: string
}

export interface TrialRuleVersion extends RuleVersion {
  /** Start of its shadow run, ms; unique among the shadow runs of a rule. */
  trialStartedAt: number
}

/** Change of state of one rule version. */
export interface RuleChange {
  name: string
  version: string
  to: 'live' | 'shadow' | 'retired'
}
