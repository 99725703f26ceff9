import type { Device } from '../../contract/device.ts'
import type { CohortStats } from '../../contract/fleet-model.ts'
import type { LevelContribution } from '../engine/engine.ts'

/** Most cohorts without devices kept per key: the reference for the shift of a newer firmware. */
const maxInactiveCohorts = 20

type Cohort = Pick<CohortStats, 'model' | 'firmware' | 'bin'>

/** The levels of the devices of one cohort, of which some are known here. */
export interface CohortPart {
  subject: string
  cohort: Cohort
  levels: number[]
}

/** Recent levels of all devices by cohort: firmware, model, kind. */
export class CohortStatsBuilder {
  readonly #subjects = new Map<string, Map<string, { cohort: Cohort; levels: number[] }>>()

  add({ model, firmware }: Device, { cohortKey, bin, value }: LevelContribution): void {
    const at = bin === undefined ? {} : { bin }
    this.#put(cohortKey, at, value)
    if (model === undefined) return
    this.#put(cohortKey, { model, ...at }, value)
    if (firmware !== undefined) this.#put(cohortKey, { model, firmware, ...at }, value)
  }

  #put(subject: string, cohort: Cohort, value: number): void {
    const cohorts = this.#subjects.get(subject) ?? new Map()
    this.#subjects.set(subject, cohorts)
    const key = cohortIdentity(cohort)
    const known = cohorts.get(key)
    if (known) known.levels.push(value)
    else cohorts.set(key, { cohort, levels: [value] })
  }

  /** Return what was added, by key and cohort. */
  parts(): CohortPart[] {
    return [...this.#subjects].flatMap(([subject, cohorts]) =>
      [...cohorts.values()].map(({ cohort, levels }) => ({ subject, cohort, levels })),
    )
  }

  /** Add what another builder has. */
  addParts(parts: readonly CohortPart[]): void {
    for (const { subject, cohort, levels } of parts)
      for (const level of levels) this.#put(subject, cohort, level)
  }

  buildStats(
    at: number,
    before: Readonly<Record<string, readonly CohortStats[]>>,
  ): Record<string, CohortStats[]> {
    const subjects = [...new Set([...this.#subjects.keys(), ...Object.keys(before)])].sort()
    return Object.fromEntries(
      subjects.map((subject) => [subject, this.#peersOf(subject, { at, before: before[subject] ?? [] })]),
    )
  }

  #peersOf(subject: string, { at, before }: { at: number; before: readonly CohortStats[] }): CohortStats[] {
    const known = new Map(before.map((peers) => [cohortIdentity(peers), peers]))
    const now = [...(this.#subjects.get(subject)?.values() ?? [])].map(({ cohort, levels }): CohortStats => {
      const since = known.get(cohortIdentity(cohort))?.firstSeenAt ?? at
      return { ...cohort, ...levelQuantiles(levels), firstSeenAt: since, lastSeenAt: at }
    })
    const heard = new Set(now.map(cohortIdentity))
    const remembered = before
      .filter((peers) => peers.firmware !== undefined && !heard.has(cohortIdentity(peers)))
      .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
      .slice(0, maxInactiveCohorts)
    return [...now, ...remembered].sort((a, b) => (cohortIdentity(a) < cohortIdentity(b) ? -1 : 1))
  }
}

function cohortIdentity({ model, firmware, bin }: Cohort): string {
  return JSON.stringify([model, firmware, bin])
}

function levelQuantiles(levels: readonly number[]): Pick<CohortStats, 'devices' | 'q10' | 'q50' | 'q90'> {
  const sorted = Float64Array.from(levels).sort()
  // Linear between the closest ranks (Hyndman and Fan 1996, type 7).
  const at = (share: number): number => {
    const rank = share * (sorted.length - 1)
    const below = sorted[Math.floor(rank)] ?? Number.NaN
    const above = sorted[Math.ceil(rank)] ?? Number.NaN
    return below + (rank - Math.floor(rank)) * (above - below)
  }
  return { devices: sorted.length, q10: at(0.1), q50: at(0.5), q90: at(0.9) }
}
