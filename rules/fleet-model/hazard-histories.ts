import type { HazardModel } from '../../contract/hazard-model.ts'
import { lookStates, parseHazardKey } from '../detectors/hazard/looks.ts'
import type { PartHistory } from '../engine/engine.ts'
import { contentHash } from '../files/content-hash.ts'
import { fitHazardModel, type HazardLook } from '../survival/hazard-model.ts'

/** Most histories kept per hazard: of replaced parts, and of parts in use. */
const maxKept = { failed: 200, running: 400 }
/** Number of further ones after which those with the smallest hashes are selected. */
const historiesPerTrim = 200
/** With fewer failures there is no hazard to learn. */
const minFailures = 3

interface HashedHistory {
  hash: string
  history: PartHistory
}

/** A sample by hash of the histories of one hazard, with the number of all that it stands for. */
export interface HistorySample {
  hazardKey: string
  failed: boolean
  total: number
  kept: HashedHistory[]
}

/**
 * Histories of parts for hazards. Of many a sample by a hash of the part stands for all, weighted, so that the
 * same parts give the same model in any order of addition.
 */
export class HazardHistories {
  readonly #samples = new Map<string, HistorySample>()

  add(history: PartHistory): void {
    const sample = this.#sampleOf(history.hazardKey, history.failed)
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
    for (const { hazardKey, failed, total, kept } of samples) {
      const own = this.#sampleOf(hazardKey, failed)
      own.total += total
      own.kept.push(...kept)
      trim(own)
    }
  }

  /** Fit the hazard of each key with enough failures. */
  fit(): Record<string, HazardModel> {
    const keys = [...new Set([...this.#samples.values()].map((sample) => sample.hazardKey))].sort()
    return Object.fromEntries(
      keys.flatMap((key) => {
        const failed = this.#sampleOf(key, true)
        if (failed.total < minFailures) return []
        const { counters, withinMs } = parseHazardKey(key)
        const looks = [failed, this.#sampleOf(key, false)].flatMap((sample) =>
          weightedLooks(sample, { counters, withinMs }),
        )
        return [[key, fitHazardModel(looks, { counters, interval: withinMs })]]
      }),
    )
  }

  #sampleOf(hazardKey: string, failed: boolean): HistorySample {
    const key = `${failed} ${hazardKey}`
    const known = this.#samples.get(key)
    if (known !== undefined) return known
    const sample: HistorySample = { hazardKey, failed, total: 0, kept: [] }
    this.#samples.set(key, sample)
    return sample
  }
}

const mostKept = ({ failed }: HistorySample): number => (failed ? maxKept.failed : maxKept.running)

function trim(sample: HistorySample): void {
  sample.kept.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0))
  sample.kept.length = Math.min(sample.kept.length, mostKept(sample))
}

function weightedLooks(
  sample: HistorySample,
  hazard: { counters: readonly string[]; withinMs: number },
): HazardLook[] {
  trim(sample)
  const weight = sample.total / Math.max(1, sample.kept.length)
  return sample.kept.flatMap(({ history: { looks, startedAt, until, failed, cohort } }) =>
    lookStates(looks, hazard).flatMap(({ at, counters }): HazardLook[] => {
      if (at >= until) return []
      const age = Math.max(0, at - startedAt)
      const look = { age, until: age + (until - at), failed, weight, counters }
      return [cohort === undefined ? look : { ...look, cohort }]
    }),
  )
}
