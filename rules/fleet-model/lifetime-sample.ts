import type { Lifetime } from '../../contract/lifetime.ts'
import type { LifetimeContribution } from '../engine/engine.ts'

/** Most lifetimes kept per key. */
const maxLifetimes = 60
/** Number of further ones after which a sample is trimmed: memory stays bounded, and sorting is rare. */
const lifetimesPerTrim = 20

/** A uniform random sample of lifetimes, and of how many it is one. */
interface Stratum {
  count: number
  sampled: { rank: number; contribution: LifetimeContribution }[]
  /** One with a higher rank is not in the sample. */
  maxRank: number
}

/**
 * Sample of the lifetimes under one key, finished and running ones in fair shares: those with the lowest hash of their
 * part. It is the same in any order of addition, and changes little from day to day. Each lifetime gets the number of lifetimes
 * that it stands for as its weight, so that short and similar lives, which end first in a young fleet, do not stand for all
 * (stratified sampling: W. G. Cochran, Sampling Techniques, 1977).
 */
export class LifetimeSample {
  readonly #finished = emptyStratum()
  readonly #running = emptyStratum()

  /** Count a running lifetime. @returns whether it is in the sample so far, and should be added */
  countRunning(partId: string): boolean {
    this.#running.count++
    return rankOf(partId) <= this.#running.maxRank
  }

  add(contribution: LifetimeContribution): void {
    const stratum = contribution.isCompleted ? this.#finished : this.#running
    if (contribution.isCompleted) stratum.count++
    put(stratum, contribution)
  }

  /** Add a sample of another part of the fleet. */
  addSample({ finished, running, contributions }: LifetimeSampleParts): void {
    this.#finished.count += finished
    this.#running.count += running
    for (const one of contributions) put(one.isCompleted ? this.#finished : this.#running, one)
  }

  parts(): LifetimeSampleParts {
    const [finished, running] = [this.#finished, this.#running]
    const contributions = [finished, running].flatMap((stratum) =>
      trimmed(stratum).map(({ contribution }) => contribution),
    )
    return { finished: finished.count, running: running.count, contributions }
  }

  /** Return the sampled lifetimes with their weights, in the order of their parts. */
  lifetimes(): Lifetime[] {
    const [finished, running] = [trimmed(this.#finished), trimmed(this.#running)]
    const half = maxLifetimes / 2
    const ended = finished.slice(0, Math.max(half, maxLifetimes - running.length))
    const going = running.slice(0, maxLifetimes - ended.length)
    return [...weighted(ended, this.#finished.count), ...weighted(going, this.#running.count)].sort((a, b) =>
      (a.partId ?? '') < (b.partId ?? '') ? -1 : 1,
    )
  }
}

/** A sample that may be sent and added to another one. */
export interface LifetimeSampleParts {
  finished: number
  running: number
  contributions: LifetimeContribution[]
}

const emptyStratum = (): Stratum => ({ count: 0, sampled: [], maxRank: Number.POSITIVE_INFINITY })

function put(stratum: Stratum, contribution: LifetimeContribution): void {
  const rank = rankOf(contribution.lifetime.partId ?? '')
  if (rank > stratum.maxRank) return
  stratum.sampled.push({ rank, contribution })
  if (stratum.sampled.length < maxLifetimes + lifetimesPerTrim) return
  stratum.sampled = trimmed(stratum)
  stratum.maxRank = stratum.sampled.at(-1)?.rank ?? stratum.maxRank
}

function trimmed({ sampled }: Stratum): Stratum['sampled'] {
  return sampled
    .toSorted((a, b) => a.rank - b.rank || (partOf(a) < partOf(b) ? -1 : 1))
    .slice(0, maxLifetimes)
}

const partOf = ({ contribution: { lifetime } }: Stratum['sampled'][number]): string => lifetime.partId ?? ''

function weighted(sampled: Stratum['sampled'], count: number): Lifetime[] {
  const weight = Math.round((1000 * count) / Math.max(1, sampled.length)) / 1000
  return sampled.map(({ contribution: { lifetime } }) => (weight === 1 ? lifetime : { ...lifetime, weight }))
}

/** Return the rank of a part, 0 … 2³² (FNV-1a with the finalizer of MurmurHash3: similar ids get unlike ranks). */
function rankOf(partId: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < partId.length; index++)
    hash = Math.imul(hash ^ partId.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
