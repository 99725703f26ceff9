import { type AlarmEvent, partKey } from './finding-log.ts'
import type { PartVerdict } from './replay-history.ts'

/** Alarms against the verdicts of technicians; parts without a verdict do not count. */
export interface VerdictScore {
  /** Parts found worn, and how many of them had an alarm. */
  worn: number
  wornAlarmed: number
  /** Parts found healthy (sensor faults included), and how many of them had an alarm. */
  healthy: number
  healthyAlarmed: number
  /** Share of the alarmed parts with a verdict that were worn; null without any. */
  precision: number | null
  /** Share of the worn parts that had an alarm; null without any. */
  recall: number | null
}

/** Score alarms against verdicts. @returns undefined without a verdict on wear */
export function scoreAgainstVerdicts(
  verdicts: readonly PartVerdict[],
  alarms: readonly AlarmEvent[],
): VerdictScore | undefined {
  const alarmed = new Set(alarms.filter(({ state }) => state === 'raised').map(partKey))
  const worn = partsWith(verdicts, ['worn'])
  const healthy = partsWith(verdicts, ['not_worn', 'sensor_fault'])
  if (worn.length + healthy.length === 0) return undefined
  const wornAlarmed = worn.filter((part) => alarmed.has(part)).length
  const healthyAlarmed = healthy.filter((part) => alarmed.has(part)).length
  const known = wornAlarmed + healthyAlarmed
  return {
    worn: worn.length,
    wornAlarmed,
    healthy: healthy.length,
    healthyAlarmed,
    precision: known === 0 ? null : wornAlarmed / known,
    recall: worn.length === 0 ? null : wornAlarmed / worn.length,
  }
}

function partsWith(verdicts: readonly PartVerdict[], wanted: readonly PartVerdict['verdict'][]): string[] {
  const fitting = verdicts.filter(({ verdict }) => wanted.includes(verdict))
  return [...new Set(fitting.map(partKey))]
}
