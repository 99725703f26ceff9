import type { Device } from '../../contract/device.ts'
import type { Peers } from '../../contract/fleet-model.ts'
import type { TaughtLevel } from '../engine/engine.ts'

/** Cohorts without devices that are still remembered, of each subject: what an update is compared with. */
const mostRemembered = 20

type Cohort = Pick<Peers, 'model' | 'firmware' | 'bin'>

/** The recent levels of all devices, by cohort: of the firmware, of the model, of the kind. */
export class PeerLevels {
  readonly #subjects = new Map<string, Map<string, { cohort: Cohort; levels: number[] }>>()

  add({ model, firmware }: Device, { subject, bin, value }: TaughtLevel): void {
    const at = bin === undefined ? {} : { bin }
    this.#put(subject, at, value)
    if (model === undefined) return
    this.#put(subject, { model, ...at }, value)
    if (firmware !== undefined) this.#put(subject, { model, firmware, ...at }, value)
  }

  #put(subject: string, cohort: Cohort, value: number): void {
    const cohorts = this.#subjects.get(subject) ?? new Map()
    this.#subjects.set(subject, cohorts)
    const key = keyOf(cohort)
    const known = cohorts.get(key)
    if (known) known.levels.push(value)
    else cohorts.set(key, { cohort, levels: [value] })
  }

  peers(at: number, before: Readonly<Record<string, readonly Peers[]>>): Record<string, Peers[]> {
    const subjects = [...new Set([...this.#subjects.keys(), ...Object.keys(before)])].sort()
    return Object.fromEntries(
      subjects.map((subject) => [subject, this.#peersOf(subject, { at, before: before[subject] ?? [] })]),
    )
  }

  #peersOf(subject: string, { at, before }: { at: number; before: readonly Peers[] }): Peers[] {
    const known = new Map(before.map((peers) => [keyOf(peers), peers]))
    const now = [...(this.#subjects.get(subject)?.values() ?? [])].map(({ cohort, levels }): Peers => {
      const since = known.get(keyOf(cohort))?.since ?? at
      return { ...cohort, ...quantilesOf(levels), since, asOf: at }
    })
    const heard = new Set(now.map(keyOf))
    const remembered = before
      .filter((peers) => peers.firmware !== undefined && !heard.has(keyOf(peers)))
      .toSorted((a, b) => b.asOf - a.asOf)
      .slice(0, mostRemembered)
    return [...now, ...remembered].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  }
}

function keyOf({ model, firmware, bin }: Cohort): string {
  return JSON.stringify([model, firmware, bin])
}

function quantilesOf(levels: readonly number[]): Pick<Peers, 'devices' | 'q10' | 'q50' | 'q90'> {
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
