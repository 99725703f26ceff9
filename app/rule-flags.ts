import { suggestSetting } from '../desk/feedback/suggest-setting.ts'
import { sweepRuleFlags } from '../desk/feedback/sweep-rule-flags.ts'
import { storedHistory } from '../evaluation/backtest/stored-history.ts'
import { hourMs } from '../lib/time.ts'
import type { Vocabulary } from '../rules/files/load-rules.ts'
import type { RuleLife } from '../rules/rollout/rule-life.ts'
import type { RecordsStore } from '../store/records/open.ts'
import type { SeriesStore } from '../store/series/series.ts'

const everyMs = hourMs

export interface RuleFlagsOptions {
  series: SeriesStore
  records: RecordsStore['db']
  ruleLife: RuleLife
  vocabulary: Vocabulary
  now(): number
  onError(error: unknown): void
}

/**
 * Holds technicians' verdicts against the rules every hour, and looks for better settings of those that have fallen. The
 * replay of history that this takes has a loop of its own: nothing with a clock waits for it.
 */
export function startRuleFlags(options: RuleFlagsOptions): { stop(): Promise<void> } {
  const { series, records, ruleLife, vocabulary, now, onError } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const liveRules = async () => [...ruleLife.book.live]
  const history = storedHistory({ series, records, liveRules, close: async () => {} })
  let looking: Promise<void> | undefined
  const timer = setInterval(() => {
    looking ??= sweepRuleFlags(records, {
      now: new Date(now()),
      suggest: (flagged) => suggestSetting(flagged, { history, vocabulary, signal }),
    })
      .catch((error: unknown) => {
        if (!signal.aborted) onError(error)
      })
      .finally(() => {
        looking = undefined
      })
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await looking
    },
  }
}
