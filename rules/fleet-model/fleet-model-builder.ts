import { emptyFleetModel, type FleetModel } from '../../contract/fleet-model.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import type { DeviceState, Engine, LifetimeContribution } from '../engine/engine.ts'
import { contentHash } from '../files/content-hash.ts'
import { CohortStatsBuilder } from './cohort-stats.ts'

/** Most lifetimes kept per key: finished ones first, then the longest. */
const maxLifetimesPerKey = 60

/**
 * Build the fleet model from the evaluator states of each device. The same states give the same model, in any order
 * of addition.
 */
export class FleetModelBuilder {
  readonly #engine: Pick<Engine, 'contribution'>
  readonly #lives = new Map<string, LifetimeContribution[]>()
  readonly #levels = new CohortStatsBuilder()

  constructor(engine: Pick<Engine, 'contribution'>) {
    this.#engine = engine
  }

  add(state: DeviceState): void {
    const { lifetimes, levels } = this.#engine.contribution(state)
    for (const life of lifetimes) this.#addLife(life)
    for (const level of levels) this.#levels.add(state.device, level)
  }

  /**
   * @param at time of this fleet model, ms
   * @param before the previous fleet model: keeps a cohort whose devices were all updated
   */
  build(at: number, before: FleetModel = emptyFleetModel): FleetModel {
    const lives: Record<string, Lifetime[]> = {}
    for (const [subject, contributions] of [...this.#lives].sort(byKey)) {
      lives[subject] = selectLifetimes(contributions).map(({ lifetime }) => lifetime)
    }
    const peers = this.#levels.buildStats(at, before.cohortStats)
    return { version: contentHash({ lives, peers }, 12), lifetimes: lives, cohortStats: peers }
  }

  #addLife(contributions: LifetimeContribution): void {
    const { lifetimeKey } = contributions
    const lives = this.#lives.get(lifetimeKey) ?? []
    lives.push(contributions)
    // Trim from time to time, so that memory stays bounded for a large fleet.
    this.#lives.set(lifetimeKey, lives.length > 4 * maxLifetimesPerKey ? selectLifetimes(lives) : lives)
  }
}

function selectLifetimes(lives: readonly LifetimeContribution[]): LifetimeContribution[] {
  return lives
    .toSorted(
      (a, b) =>
        Number(b.isCompleted) - Number(a.isCompleted) ||
        observedMs(b.lifetime) - observedMs(a.lifetime) ||
        (unitOf(a) < unitOf(b) ? -1 : 1),
    )
    .slice(0, maxLifetimesPerKey)
}

const observedMs = ({ points }: Lifetime): number => (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)

const unitOf = ({ lifetime }: LifetimeContribution): string => lifetime.partId ?? ''

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)
