/** Metrics of a rule version in a replay of history, by the verdicts of technicians. */
export interface ReplayMetrics {
  /** Parts with an alarm. */
  alarms: number
  /** Alarmed parts with the verdict worn, and not worn. */
  worn: number
  sound: number
  precision: number | null
  /** Share of the worn parts with an alarm. Parts that no rule has ever alarmed are unknown. */
  recall: number | null
}

/** Suggestion to improve the precision of a rule, from a backtest. A person decides whether to use it. */
export type TuningSuggestion =
  | {
      is: 'setting'
      /** Path in the rule file: `detect.forecast.confidence`. */
      setting: string
      from: string | number
      to: string | number
      before: ReplayMetrics
      after: ReplayMetrics
      /** Number of parts alarmed by both rules, only by the present one, and only by the suggested one. */
      alarms: { kept: number; lost: number; gained: number }
      /** Period of the replay: ISO 8601, the end excluded. */
      history: { from: string; until: string; devices: number }
      /** Number of settings that were tried. */
      tried: number
      /** Names of the tests in the rule file that fail with the setting. */
      failingTests: string[]
      /** Rule file with the setting, to run in shadow. */
      text: string
    }
  | { is: 'none'; why: string }

export interface RuleVersionRef {
  rule: string
  version: string
}

/** Search for a better setting. May take minutes. */
export type SuggestTuning = (flagged: RuleVersionRef) => Promise<TuningSuggestion>
