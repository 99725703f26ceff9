import {
  counterfactualDays,
  type FleetGroundTruth,
  type PartGroundTruth,
} from '../../contract/ground-truth.ts'
import { dayMs } from '../../lib/time.ts'

/**
 * The true condition of a part: `worn` beyond its limit, or if it would cross it within 90 days without maintenance,
 * which is when an alarm is right (`evaluation/fleet`); `replaced` when it is no longer installed; `unknown` where the
 * simulator has no model of it.
 */
export type PartCondition = 'worn' | 'sound' | 'replaced' | 'unknown'

interface PartReference {
  device: string
  component: string
  epoch: number
}

/** Returns the condition of a part, from the ground truth of a fleet. */
export type PartInspector = (part: PartReference, at: number) => PartCondition

/** Create an inspector of a fleet's ground truth, for its simulator and for a technician in front of the part. */
export function createPartInspector(truth: FleetGroundTruth): PartInspector {
  const lives = new Map<string, PartGroundTruth>()
  for (const { device, parts: own } of truth.devices) {
    for (const life of own) lives.set(keyOf({ device, ...life }), life)
  }
  return (part, at) => conditionOf(lives.get(keyOf(part)), at)
}

function conditionOf(life: PartGroundTruth | undefined, at: number): PartCondition {
  if (life === undefined) return 'unknown'
  if (life.replacedAt !== null && life.replacedAt <= at) return 'replaced'
  const span = life.intervals.findLast(({ from }) => (from ?? 0) <= at)
  const { wouldCrossAt = null } = span ?? {}
  return wouldCrossAt !== null && wouldCrossAt <= at + counterfactualDays * dayMs ? 'worn' : 'sound'
}

function keyOf({ device, component, epoch }: PartReference): string {
  return JSON.stringify([device, component, epoch])
}
