import type { Lifetime } from '../../../contract/lifetime.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import { type CurveStep, curveAt, kaplanMeier } from '../../../rules/survival/kaplan-meier.ts'
import type { ObservedLifetime } from '../../../rules/survival/observed-lifetime.ts'
import { firstCrossingAt } from './first-passage.ts'
import type { ForecastMethod } from './forecast-method.ts'

/**
 * Forecast by the age alone: quantiles of the others' survival curve, given survival to the present age. Where the curve ends above
 * a quantile, the oldest lifetime counts as failed (B. Efron, Proceedings of the Fifth Berkeley Symposium 4, 1967).
 */
export const survivalMethod: ForecastMethod = (own, peers, { limit, now }) => {
  if (own.startedAt === undefined) return { is: 'withheld', why: 'no_age' }
  const lifetimes = peers.flatMap((life) => observedLifetimeOf(life, limit))
  if (!lifetimes.some(({ failed }) => failed)) return { is: 'withheld', why: 'no_peers' }
  const curve = kaplanMeier(lifetimes)
  const oldest = Math.max(...lifetimes.map(({ age }) => age))
  const [startedAt, age] = [own.startedAt, now - own.startedAt]
  const surviving = curveAt(curve, age, 1)
  if (surviving <= 0 || age >= oldest) return { is: 'withheld', why: 'older_than_peers' }
  const at = (p: number) => startedAt + ageAt(curve, (1 - p) * surviving, { age, oldest })
  return { is: 'date', p10: at(0.1), p50: at(0.5), p90: at(0.9) }
}

/** Return the first age after the present one at which at most a share survives. */
function ageAt(
  curve: readonly CurveStep[],
  share: number,
  { age, oldest }: { age: number; oldest: number },
): number {
  return curve.find((step) => step.age > age && step.value <= share)?.age ?? oldest
}

/** Return the lifetime as observed from its first point on; none where its age is unknown or it has no length. */
function observedLifetimeOf({ startedAt, points }: Lifetime, limit: Limit): ObservedLifetime[] {
  const [first, last] = [points[0]?.[0], points.at(-1)?.[0]]
  if (startedAt === undefined || first === undefined || last === undefined) return []
  const end = firstCrossingAt(points, limit)
  const [age, enteredAt] = [(end ?? last) - startedAt, Math.max(0, first - startedAt)]
  return age > enteredAt ? [{ age, enteredAt, failed: end !== undefined }] : []
}
