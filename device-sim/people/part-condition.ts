import {
  counterfactualDays,
  type FleetGroundTruth,
  type PartGroundTruth,
} from '../../contract/ground-truth.ts'
import { dayMs } from '../../lib/time.ts'

/**
 * How a part is in truth: `worn` beyond its limit, or so near to it that it would cross it within 90 days if left alone,
 * which is what an alarm is right about (`../score`); `replaced` when it is not the one any more; `unknown` where the
 * simulator has no model of it.
 */
export type PartCondition = 'worn' | 'sound' | 'replaced' | 'unknown'

interface PartReference {
  device: string
  component: string
  epoch: number
}

/** Tells how parts are, out of the truth of a fleet. */
export type PartInspector = (part: PartReference, at: number) => PartCondition

/** A look into a fleet's truth, which only its simulator, and whoever stands before the part, has. */
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
