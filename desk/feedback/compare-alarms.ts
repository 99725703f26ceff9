import type { PartVerdict } from '../../evaluation/backtest/history.ts'
import { type Ledger, partKey } from '../../evaluation/backtest/ledger.ts'
import { scoreAgainstVerdicts } from '../../evaluation/backtest/verdict-score.ts'
import type { Rule } from '../../rules/files/rule.ts'
import type { Measured } from './suggestion.ts'

/** What one version of a rule did in a replay. */
export interface Alarmed {
  measured: Measured
  /** The parts that it alarmed. */
  parts: ReadonlySet<string>
}

/** @param verdicts on parts of the rule's component */
export function alarmedBy(ledger: Ledger, { name }: Rule, verdicts: readonly PartVerdict[]): Alarmed {
  const alarms = ledger.alarms().filter(({ rule, state }) => rule === name && state === 'raised')
  const parts = new Set(alarms.map(partKey))
  const score = scoreAgainstVerdicts(verdicts, alarms)
  const measured: Measured = {
    alarms: parts.size,
    worn: score?.wornAlarmed ?? 0,
    sound: score?.soundAlarmed ?? 0,
    precision: score?.precision ?? null,
    recall: score?.recall ?? null,
  }
  return { measured, parts }
}

export interface ComparedAlarms {
  before: Measured
  after: Measured
  alarms: { kept: number; lost: number; gained: number }
}

export function compareAlarms(before: Alarmed, after: Alarmed): ComparedAlarms {
  const kept = [...before.parts].filter((part) => after.parts.has(part)).length
  const alarms = { kept, lost: before.parts.size - kept, gained: after.parts.size - kept }
  return { before: before.measured, after: after.measured, alarms }
}
