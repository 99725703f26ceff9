import { type AlarmEvent, partKey } from './finding-log.ts'
import type { PartVerdict } from './replay-history.ts'

/** How alarms compare with what technicians found. Parts nobody looked at say nothing either way. */
export interface VerdictScore {
  /** Parts found worn, and how many of them had an alarm. */
  worn: number
  wornAlarmed: number
  /** Parts found sound (a sensor's fault among them), and how many of them had an alarm nevertheless. */
  healthy: number
  healthyAlarmed: number
  /** Share of the alarmed parts with a verdict that were worn; null where there is none. */
  precision: number | null
  /** Share of the worn parts that had an alarm; null where there is none. */
  recall: number | null
}

/** @returns undefined where no technician said whether a part was worn */
export function scoreAgainstVerdicts(
  verdicts: readonly PartVerdict[],
  alarms: readonly AlarmEvent[],
): VerdictScore | undefined {
  const alarmed = new Set(alarms.filter(({ state }) => state === 'raised').map(partKey))
  const worn = partsWith(verdicts, ['worn'])
  const sound = partsWith(verdicts, ['not_worn', 'sensor_fault'])
  if (worn.length + sound.length === 0) return undefined
  const wornAlarmed = worn.filter((part) => alarmed.has(part)).length
  const soundAlarmed = sound.filter((part) => alarmed.has(part)).length
  const known = wornAlarmed + soundAlarmed
  return {
    worn: worn.length,
    wornAlarmed,
    healthy: sound.length,
    healthyAlarmed: soundAlarmed,
    precision: known === 0 ? null : wornAlarmed / known,
    recall: worn.length === 0 ? null : wornAlarmed / worn.length,
  }
}

function partsWith(verdicts: readonly PartVerdict[], wanted: readonly PartVerdict['verdict'][]): string[] {
  const fitting = verdicts.filter(({ verdict }) => wanted.includes(verdict))
  return [...new Set(fitting.map(partKey))]
}
