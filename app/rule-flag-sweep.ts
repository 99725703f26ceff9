import { type SuggestTuningOptions, suggestTuning } from '../desk/feedback/suggest-tuning.ts'
import { sweepRuleFlags } from '../desk/feedback/sweep-rule-flags.ts'
import { storedHistory } from '../evaluation/backtest/stored-history.ts'
import { hourMs } from '../lib/time.ts'
import type { RuleReferences } from '../rules/files/load-rules.ts'
import type { RuleRollout } from '../rules/rollout/rule-rollout.ts'
import type { RecordsStore } from '../store/records/records-store.ts'
import type { SeriesStore } from '../store/series/series.ts'

const sweepIntervalMs = hourMs

export interface RuleFlagSweepOptions {
  series: SeriesStore
  records: RecordsStore['db']
  ruleRollout: RuleRollout
  vocabulary: RuleReferences
  /** Return threads to replay these rules in. */
  threadsFor: NonNullable<SuggestTuningOptions['threadsFor']>
  now(): number
  onError(error: unknown): void
}

/**
 * Compare technicians' verdicts with the rules every hour, and search for better settings of flagged rules. The
 * replay of history that this takes runs in a loop of its own, so that no periodic work waits for it.
 */
export function startRuleFlagSweep(options: RuleFlagSweepOptions): { stop(): Promise<void> } {
  const { series, records, ruleRollout, vocabulary, threadsFor, now, onError } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const liveRules = async () => [...ruleRollout.current.live]
  const history = storedHistory({ series, records, liveRules, close: async () => {} })
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= sweepRuleFlags(records, {
      now: new Date(now()),
      suggestTuning: (flagged) => suggestTuning(flagged, { history, vocabulary, threadsFor, signal }),
    })
      .catch((error: unknown) => {
        if (!signal.aborted) onError(error)
      })
      .finally(() => {
        running = undefined
      })
  }, sweepIntervalMs)
  return {
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await running
    },
  }
}
