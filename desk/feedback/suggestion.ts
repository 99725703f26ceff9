/** How a version of a rule does in a replay of history, against what technicians found. */
export interface ReplayMetrics {
  /** Parts it would have alarmed. */
  alarms: number
  /** Of those with a verdict, how many were worn, and how many sound. */
  worn: number
  sound: number
  precision: number | null
  /** Share of the worn parts that it would have alarmed. Of parts that no rule ever alarmed nobody knows. */
  recall: number | null
}

/** What might make a rule right more often, as a backtest has it; somebody decides. */
export type TuningSuggestion =
  | {
      is: 'setting'
      /** Where in the rule file: `detect.forecast.confidence`. */
      setting: string
      from: string | number
      to: string | number
      before: ReplayMetrics
      after: ReplayMetrics
      /** Parts that both alarm, only the present rule, and only the suggested one. */
      alarms: { kept: number; lost: number; gained: number }
      /** What was replayed: ISO 8601, the end excluded. */
      history: { from: string; until: string; devices: number }
      /** Settings that were tried. */
      tried: number
      /** Names of tests in the rule file that the setting would break. */
      failingTests: string[]
      /** The rule file with the setting, to be put on trial. */
      text: string
    }
  | { is: 'none'; why: string }

export interface RuleVersionRef {
  rule: string
  version: string
}

/** Looks for a better setting. It may take minutes. */
export type SuggestTuning = (flagged: RuleVersionRef) => Promise<TuningSuggestion>
