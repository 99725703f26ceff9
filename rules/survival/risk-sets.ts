import type { PreparedLifetime } from './observed-lifetime.ts'

/** One age at which parts failed. */
export interface RiskSet {
  age: number
  /** Weight of the parts that were observed and running just before. */
  atRisk: number
  /** Weight of the failures, in total and by mode. */
  failures: number
  byMode: ReadonlyMap<string, number>
}

/** Return the ages at which parts failed, in order, with the parts at risk. A part is at risk after its entry. */
export function riskSetsOf(lifetimes: readonly PreparedLifetime[]): RiskSet[] {
  const ends = lifetimes.toSorted((a, b) => a.age - b.age)
  const entries = lifetimes.toSorted((a, b) => a.enteredAt - b.enteredAt)
  const sets: RiskSet[] = []
  let [entered, ended, nextEntry] = [0, 0, 0]
  for (let from = 0; from < ends.length; ) {
    const age = ends[from]?.age ?? 0
    for (; (entries[nextEntry]?.enteredAt ?? age) < age; nextEntry++)
      entered += entries[nextEntry]?.weight ?? 0
    const byMode = new Map<string, number>()
    let [gone, failures] = [0, 0]
    for (; ends[from]?.age === age; from++) {
      const { failed = false, weight = 0, mode = '' } = ends[from] ?? {}
      gone += weight
      if (!failed) continue
      failures += weight
      byMode.set(mode, (byMode.get(mode) ?? 0) + weight)
    }
    if (failures > 0) sets.push({ age, atRisk: entered - ended, failures, byMode })
    ended += gone
  }
  return sets
}
