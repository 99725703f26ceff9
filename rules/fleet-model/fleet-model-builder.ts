import { emptyFleetModel, type FleetModel } from '../../contract/fleet-model.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import type { DeviceState, Engine } from '../engine/engine.ts'
import { contentHash } from '../files/content-hash.ts'
import { type CohortPart, CohortStatsBuilder } from './cohort-stats.ts'
import type { HistorySample } from './fit-histories.ts'
import { LifetimeSample, type LifetimeSampleParts } from './lifetime-sample.ts'
import { PartHistories } from './part-histories.ts'

/**
 * Build the fleet model from the evaluator states of each device. The same states give the same model, in any order
 * of addition.
 */
export class FleetModelBuilder {
  readonly #engine: Pick<Engine, 'contribution'>
  readonly #lives = new Map<string, LifetimeSample>()
  readonly #levels = new CohortStatsBuilder()
  readonly #histories = new PartHistories()

  constructor(engine: Pick<Engine, 'contribution'>) {
    this.#engine = engine
  }

  add(state: DeviceState): void {
    const { lifetimes, levels, histories = [] } = this.#engine.contribution(state, this.#isWanted)
    for (const life of lifetimes) this.#sample(life.lifetimeKey).add(life)
    for (const level of levels) this.#levels.add(state.device, level)
    for (const history of histories) this.#histories.add(history)
  }

  /** Return what was added, as far as it may be selected: for the builder of the whole fleet. */
  parts(): FleetModelParts {
    const lifetimes = [...this.#lives].map(([key, sample]) => ({ key, sample: sample.parts() }))
    return { lifetimes, cohorts: this.#levels.parts(), histories: this.#histories.samples() }
  }

  /** Add what was added to the builder of a part of the fleet. */
  addParts({ lifetimes, cohorts, histories }: FleetModelParts): void {
    for (const { key, sample } of lifetimes) this.#sample(key).addSample(sample)
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
    for (const [key, sample] of [...this.#lives].sort(byKey)) lifetimes[key] = sample.lifetimes()
    const cohortStats = this.#levels.buildStats(at, before.cohortStats)
    return { lifetimes, cohortStats, ...this.#histories.fit() }
  }

  readonly #isWanted = (key: string, partId: string): boolean => this.#sample(key).countRunning(partId)

  #sample(key: string): LifetimeSample {
    const sample = this.#lives.get(key) ?? new LifetimeSample()
    this.#lives.set(key, sample)
    return sample
  }
}

/** What a part of a fleet contributes to the fleet model. */
export interface FleetModelParts {
  lifetimes: { key: string; sample: LifetimeSampleParts }[]
  cohorts: CohortPart[]
  histories: HistorySample[]
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)
