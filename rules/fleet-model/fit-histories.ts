import { parseHealthKey } from '../../contract/fleet-model.ts'
import type { HazardModel } from '../../contract/hazard-model.ts'
import type { HealthModel } from '../../contract/health-model.ts'
import { lookStates, parseHazardKey } from '../detectors/hazard/looks.ts'
import type { PartHistory } from '../engine/engine.ts'
import { parseLooks } from '../health-index/features.ts'
import { fitHealthModel } from '../health-index/health-model.ts'
import { fitHazardModel, type HazardLook } from '../survival/hazard-model.ts'

interface HashedHistory {
  hash: string
  history: PartHistory
}

/** A sample by hash of the histories under one key, with the number of all that it stands for. */
export interface HistorySample {
  historyKey: string
  failed: boolean
  total: number
  kept: HashedHistory[]
}

/** With fewer failures there is no hazard to learn. */
const minFailures = 3

export const isHealthKey = (historyKey: string): boolean => parseHealthKey(historyKey) !== undefined

/** Fit the hazard of a key to samples of parts that failed and of parts in use; undefined with too few failures. */
export function fitHazard(key: string, samples: readonly HistorySample[]): HazardModel | undefined {
  const failures = samples.reduce((sum, { failed, total }) => sum + (failed ? total : 0), 0)
  if (failures < minFailures) return undefined
  const { counters, withinMs } = parseHazardKey(key)
  const looks = samples.flatMap((sample) => weightedLooks(sample, { counters, withinMs }))
  return fitHazardModel(looks, { counters, interval: withinMs })
}

function weightedLooks(
  { kept, total }: HistorySample,
  hazard: { counters: readonly string[]; withinMs: number },
): HazardLook[] {
  const weight = total / Math.max(1, kept.length)
  return kept.flatMap(({ history: { looks, startedAt, until, failed, cohort } }) =>
    lookStates(looks, hazard).flatMap(({ at, counters }): HazardLook[] => {
      if (at >= until) return []
      const age = Math.max(0, at - startedAt)
      const look = { age, until: age + (until - at), failed, weight, counters }
      return [cohort === undefined ? look : { ...look, cohort }]
    }),
  )
}

/** Fit the health model of a key to the same; undefined with too few lifetimes that ended. */
export function fitHealth(key: string, samples: readonly HistorySample[]): HealthModel | undefined {
  const metrics = parseHealthKey(key) ?? []
  const histories = samples.flatMap(({ kept, failed: ended }) =>
    kept.map(({ history: { looks, startedAt, until } }) => {
      return { looks: parseLooks(looks, metrics.length), startedAt, until, ended }
    }),
  )
  return fitHealthModel(histories, metrics)
}
