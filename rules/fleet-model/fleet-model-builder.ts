import { emptyFleetModel, type FleetModel } from '../../contract/fleet-model.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import type { DeviceState, Engine, LifetimeContribution } from '../engine/engine.ts'
import { contentHash } from '../files/content-hash.ts'
import { type CohortPart, CohortStatsBuilder } from './cohort-stats.ts'
import { HazardHistories, type HistorySample } from './hazard-histories.ts'

/** Most lifetimes kept per key: finished ones first, then the longest. */
const maxLifetimesPerKey = 60
/** Number of further ones after which the best are selected: each time makes it harder to be one. */
const lifetimesPerTrim = 20

/**
 * Build the fleet model from the evaluator states of each device. The same states give the same model, in any order
 * of addition.
 */
export class FleetModelBuilder {
  readonly #engine: Pick<Engine, 'contribution'>
  readonly #lives = new Map<string, LifetimesOfKey>()
  readonly #levels = new CohortStatsBuilder()
  readonly #histories = new HazardHistories()

  constructor(engine: Pick<Engine, 'contribution'>) {
    this.#engine = engine
  }

  add(state: DeviceState): void {
    const { lifetimes, levels, histories = [] } = this.#engine.contribution(state, this.#isWanted)
    for (const life of lifetimes) this.#addLife(life)
    for (const level of levels) this.#levels.add(state.device, level)
    for (const history of histories) this.#histories.add(history)
  }

  /** Return what was added, as far as it may be selected: for the builder of the whole fleet. */
  parts(): FleetModelParts {
    const lifetimes = [...this.#lives.values()].flatMap(({ contributions }) => selectLifetimes(contributions))
    return { lifetimes, cohorts: this.#levels.parts(), histories: this.#histories.samples() }
  }

  /** Add what was added to the builder of a part of the fleet. */
  addParts({ lifetimes, cohorts, histories }: FleetModelParts): void {
    for (const life of lifetimes) this.#addLife(life)
    this.#levels.addParts(cohorts)
    this.#histories.addSamples(histories)
  }

  /**
   * @param at time of this fleet model, ms
   * @param before the previous fleet model: keeps a cohort whose devices were all updated
   */
  build(at: number, before: FleetModel = emptyFleetModel): FleetModel {
    const model = this.buildUnversioned(at, before)
    const { lifetimes, cohortStats, ...rest } = model
    return { version: contentHash({ lives: lifetimes, peers: cohortStats, ...rest }, 12), ...model }
  }

  /** The same without a version, for a model that is neither stored nor sent. */
  buildUnversioned(at: number, before: FleetModel): Omit<FleetModel, 'version'> {
    const lifetimes: Record<string, Lifetime[]> = {}
    for (const [key, { contributions }] of [...this.#lives].sort(byKey))
      lifetimes[key] = selectLifetimes(contributions).map(({ lifetime }) => lifetime)
    const cohortStats = this.#levels.buildStats(at, before.cohortStats)
    const hazards = this.#histories.fit()
    return Object.keys(hazards).length === 0
      ? { lifetimes, cohortStats }
      : { lifetimes, cohortStats, hazards }
  }

  readonly #isWanted = (key: string, spanMs: number): boolean =>
    spanMs >= (this.#lives.get(key)?.leastRunningMs ?? 0)

  #addLife(contribution: LifetimeContribution): void {
    const { lifetimeKey } = contribution
    const lives = this.#lives.get(lifetimeKey) ?? { contributions: [], leastRunningMs: 0 }
    this.#lives.set(lifetimeKey, lives)
    lives.contributions.push(contribution)
    // Trim from time to time, so that memory stays bounded for a large fleet.
    if (lives.contributions.length >= maxLifetimesPerKey + lifetimesPerTrim) trim(lives)
  }
}

/** What a part of a fleet contributes to the fleet model. */
export interface FleetModelParts {
  lifetimes: LifetimeContribution[]
  cohorts: CohortPart[]
  histories: HistorySample[]
}

/** The lifetimes under one key. */
interface LifetimesOfKey {
  contributions: LifetimeContribution[]
  /** A running lifetime that is shorter is not selected, ms. */
  leastRunningMs: number
}

function trim(lives: LifetimesOfKey): void {
  lives.contributions = selectLifetimes(lives.contributions)
  const last = lives.contributions.at(-1)
  if (last === undefined) return
  lives.leastRunningMs = last.isCompleted ? Number.POSITIVE_INFINITY : observedMs(last.lifetime)
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
