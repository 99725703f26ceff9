import { careDays, type FleetTruth, type Life } from '../../contract/truth.ts'
import { dayMs } from '../../lib/time.ts'

/**
 * How a part is in truth: `worn` beyond its limit, or so near to it that it would cross it within 90 days if left alone,
 * which is what an alarm is right about (`../score`); `replaced` when it is not the one any more; `unknown` where the
 * simulator has no model of it.
 */
export type PartCondition = 'worn' | 'sound' | 'replaced' | 'unknown'

interface PartSought {
  device: string
  component: string
  epoch: number
}

/** Tells how parts are, out of the truth of a fleet. */
export type LooksAtPart = (part: PartSought, at: number) => PartCondition

/** A look into a fleet's truth, which only its simulator, and whoever stands before the part, has. */
export function looksAtParts(truth: FleetTruth): LooksAtPart {
  const lives = new Map<string, Life>()
  for (const { device, lives: own } of truth.devices) {
    for (const life of own) lives.set(keyOf({ device, ...life }), life)
  }
  return (part, at) => conditionOf(lives.get(keyOf(part)), at)
}

function conditionOf(life: Life | undefined, at: number): PartCondition {
  if (life === undefined) return 'unknown'
  if (life.replacedAt !== null && life.replacedAt <= at) return 'replaced'
  const span = life.spans.findLast(({ from }) => (from ?? 0) <= at)
  const { wouldCrossAt = null } = span ?? {}
  return wouldCrossAt !== null && wouldCrossAt <= at + careDays * dayMs ? 'worn' : 'sound'
}

function keyOf({ device, component, epoch }: PartSought): string {
  return JSON.stringify([device, component, epoch])
}
