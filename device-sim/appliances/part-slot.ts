import {
  counterfactualDays,
  type MaintenanceInterval,
  type PartGroundTruth,
} from '../../contract/ground-truth.ts'
import { dayMs } from '../../lib/time.ts'
import { Random } from '../random.ts'

/** The kind of part in a slot, and what counts as its failure. */
export interface PartDesign<P> {
  component: string
  /** The metric whose true value decides whether it has failed. */
  metric: string
  failureDirection: 'below' | 'above'
  limit(part: P): number
  /** The metric's true value under nominal conditions, without sensor noise. */
  trueValue(part: P): number
  /** Create a part; `used` for the one that is installed when the simulation starts. */
  build(age: 'used' | 'new', random: Random): P
  /** What the owner does about a failed part, with which probability, and after how many days. */
  repairPolicy: RepairPolicy<P>
}

type RepairPolicy<P> = { probability: number; days: readonly [number, number] } & (
  | { by: 'replacement' }
  | { by: 'cleaning'; clean: (part: P) => P }
)

/** Wear of a part in one use; its randomness comes from the part's own stream. */
export type DegradationStep<P> = (part: P, random: Random) => P

/** The view of a slot that does not depend on the type of its part. */
export interface PartSlotView {
  readonly component: string
  /** All parts that were installed here, the present one last. */
  readonly parts: readonly PartGroundTruth[]
  /** Return the true value of the metric now. */
  trueValue(): number
  /** Perform the due repair of a failed part. @returns whether a new part was installed, at `at` */
  performDueRepair(at: number): boolean
}

/** A part as it would be without the last cleaning: it shares all uses with the real one, and nothing else. */
interface CounterfactualPart<P> {
  part: P
  random: Random
  interval: MaintenanceInterval
}

/** An installed part with its ground truth. */
interface InstalledPart<P> {
  part: P
  groundTruth: PartGroundTruth
  interval: MaintenanceInterval
  /** Random stream of its wear. */
  random: Random
  counterfactuals: CounterfactualPart<P>[]
  repairDueAt?: number
}

/** The position of a part in a device: parts are installed here one after the other, each for one epoch. */
export class PartSlot<P> implements PartSlotView {
  readonly component: string
  readonly parts: PartGroundTruth[] = []
  readonly #design: PartDesign<P>
  readonly #stream: string
  #installed: InstalledPart<P>

  /** @param stream name of the random stream of the device */
  constructor(design: PartDesign<P>, stream: string) {
    this.component = design.component
    this.#design = design
    this.#stream = stream
    this.#installed = this.#install('used', null)
  }

  get part(): P {
    return this.#installed.part
  }

  trueValue(): number {
    return this.#design.trueValue(this.part)
  }

  /** Wear the part in a use that ends at `at`, and record when its true value first crosses the limit. */
  wear(at: number, age: DegradationStep<P>): void {
    const installed = this.#installed
    const { groundTruth, interval } = installed
    installed.part = age(installed.part, installed.random)
    installed.counterfactuals = installed.counterfactuals.filter((counterfactual) =>
      this.#ageCounterfactual(counterfactual, at, age),
    )
    if (interval.crossedAt !== null || !this.#isBeyondLimit(installed.part)) return
    interval.crossedAt = at
    interval.wouldCrossAt = at
    const { probability, days } = this.#design.repairPolicy
    const random = this.#random(groundTruth.epoch, 'remedy', groundTruth.intervals.length)
    if (random.chance(probability)) installed.repairDueAt = at + random.between(...days) * dayMs
  }

  /** Clean the part. A cleaning that does not bring it back within its limit does not change the ground truth. */
  clean(at: number, clean: (part: P) => P): void {
    const installed = this.#installed
    const { part, interval, groundTruth } = installed
    installed.part = clean(part)
    if (this.#isBeyondLimit(installed.part)) return
    interval.maintainedAt = at
    if (interval.crossedAt === null) {
      installed.counterfactuals.push({
        part,
        interval,
        random: this.#random(groundTruth.epoch, 'ghost', groundTruth.intervals.length),
      })
    }
    delete installed.repairDueAt
    installed.interval = beginInterval(at)
    groundTruth.intervals.push(installed.interval)
  }

  performDueRepair(at: number): boolean {
    const { repairDueAt, groundTruth } = this.#installed
    if (repairDueAt === undefined || at < repairDueAt) return false
    const { repairPolicy } = this.#design
    if (repairPolicy.by === 'cleaning') {
      this.clean(at, repairPolicy.clean)
      return false
    }
    groundTruth.replacedAt = at
    this.#installed = this.#install('new', at)
    return true
  }

  #install(age: 'used' | 'new', installedAt: number | null): InstalledPart<P> {
    const epoch = this.parts.length
    const { component, metric, failureDirection, limit, build } = this.#design
    const part = build(age, this.#random(epoch, 'part'))
    const interval = beginInterval(installedAt)
    const description = {
      component,
      epoch,
      metric,
      failureDirection,
      limit: limit(part),
      installedAt,
      replacedAt: null,
    }
    const groundTruth: PartGroundTruth = { ...description, intervals: [interval] }
    this.parts.push(groundTruth)
    return {
      part,
      groundTruth,
      interval,
      random: this.#random(epoch, 'wear'),
      counterfactuals: [],
    }
  }

  #ageCounterfactual(counterfactual: CounterfactualPart<P>, at: number, age: DegradationStep<P>): boolean {
    if (at > (counterfactual.interval.maintainedAt ?? at) + counterfactualDays * dayMs) return false
    counterfactual.part = age(counterfactual.part, counterfactual.random)
    if (!this.#isBeyondLimit(counterfactual.part)) return true
    counterfactual.interval.wouldCrossAt = at
    return false
  }

  #isBeyondLimit(part: P): boolean {
    const value = this.#design.trueValue(part)
    const { limit } = this.#installed.groundTruth
    return this.#design.failureDirection === 'below' ? value < limit : value > limit
  }

  #random(epoch: number, ...purpose: (string | number)[]): Random {
    return new Random(this.#stream, this.component, epoch, ...purpose)
  }
}

function beginInterval(from: number | null): MaintenanceInterval {
  return { from, maintainedAt: null, crossedAt: null, wouldCrossAt: null }
}
