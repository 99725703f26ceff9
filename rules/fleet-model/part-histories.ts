import type { FleetModel } from '../../contract/fleet-model.ts'
import type { PartHistory } from '../engine/engine.ts'
import { contentHash } from '../files/content-hash.ts'
import { fitHazard, fitHealth, type HistorySample, isHealthKey } from './fit-histories.ts'

/** Most histories kept per key: of replaced parts, and of parts in use. A health model needs fewer: its looks say more. */
const maxKept = { hazard: { failed: 200, running: 400 }, health: { failed: 60, running: 30 } }
/** Number of further ones after which those with the smallest hashes are selected. */
const historiesPerTrim = 200

/**
 * Histories of parts for hazards and health models. Of many a sample by a hash of the part stands for all, weighted, so that the
 * same parts give the same model in any order of addition.
 */
export class PartHistories {
  readonly #samples = new Map<string, HistorySample>()

  add(history: PartHistory): void {
    const sample = this.#sampleOf(history.historyKey, history.failed)
    sample.total += 1
    sample.kept.push({ hash: contentHash(history.partId, 16), history })
    if (sample.kept.length >= mostKept(sample) + historiesPerTrim) trim(sample)
  }

  /** Return what was added, for the histories of the whole fleet. */
  samples(): HistorySample[] {
    for (const sample of this.#samples.values()) trim(sample)
    return [...this.#samples.values()]
  }

  /** Add the samples of a part of the fleet. */
  addSamples(samples: readonly HistorySample[]): void {
    for (const { historyKey, failed, total, kept } of samples) {
      const own = this.#sampleOf(historyKey, failed)
      own.total += total
      own.kept.push(...kept)
      trim(own)
    }
  }

  /** Fit the hazard or the health model of each key with enough ended lifetimes. */
  fit(): Pick<FleetModel, 'hazards' | 'healthModels'> {
    const keys = [...new Set([...this.#samples.values()].map((sample) => sample.historyKey))].sort()
    const samples = keys.map((key) => {
      const both = [this.#sampleOf(key, true), this.#sampleOf(key, false)]
      for (const sample of both) trim(sample)
      return [key, both] as const
    })
    const hazards = samples.flatMap(([key, both]) => {
      const model = isHealthKey(key) ? undefined : fitHazard(key, both)
      return model === undefined ? [] : [[key, model] as const]
    })
    const healthModels = samples.flatMap(([key, both]) => {
      const model = isHealthKey(key) ? fitHealth(key, both) : undefined
      return model === undefined ? [] : [[key, model] as const]
    })
    return {
      ...(hazards.length > 0 && { hazards: Object.fromEntries(hazards) }),
      ...(healthModels.length > 0 && { healthModels: Object.fromEntries(healthModels) }),
    }
  }

  #sampleOf(historyKey: string, failed: boolean): HistorySample {
    const key = `${failed} ${historyKey}`
    const known = this.#samples.get(key)
    if (known !== undefined) return known
    const sample: HistorySample = { historyKey, failed, total: 0, kept: [] }
    this.#samples.set(key, sample)
    return sample
  }
}

function mostKept({ historyKey, failed }: HistorySample): number {
  const { [failed ? 'failed' : 'running']: most } = maxKept[isHealthKey(historyKey) ? 'health' : 'hazard']
  return most
}

function trim(sample: HistorySample): void {
  sample.kept.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0))
  sample.kept.length = Math.min(sample.kept.length, mostKept(sample))
}
