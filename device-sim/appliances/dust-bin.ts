import type { Random } from '../random.ts'

/** A dust bin. A full one is no failure: its owner empties it, sooner or later. */
export interface DustBin {
  fullPct: number
  /** How full it is when its owner empties it. */
  emptiedAtPct: number
}

/** Hours of cleaning that fill it in a home of usual dust. */
const hoursToFill = 7

export function emptyBin(random: Random): DustBin {
  return { fullPct: 0, emptiedAtPct: random.between(50, 110) }
}

/** The bin after a run: what it took up, or emptied before by its owner. */
export function filledBin(bin: DustBin, run: { hours: number; dustiness: number }, random: Random): DustBin {
  const before = bin.fullPct >= Math.min(99, bin.emptiedAtPct) ? emptyBin(random) : bin
  const more = (100 * run.hours * run.dustiness * random.gamma(4)) / hoursToFill
  return { ...before, fullPct: Math.min(100, before.fullPct + more) }
}
