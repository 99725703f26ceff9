import {
  counterfactualDays,
  type MaintenanceInterval,
  type PartGroundTruth,
} from '../../contract/ground-truth.ts'
import { dayMs } from '../../lib/time.ts'
import { isInStratum } from '../conditions/strata.ts'
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
  /** Create one that will fail within about a year, where that is rare: some devices have it from the start. */
  buildWorn?(random: Random): P
  /** Let the part wear faster (or, by the inverse, slower again) from now on: its second failure mode. */
  accelerate(part: P, factor: number): P
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
  /** Let the first part get its second failure mode, in one of so many devices. */
  enableSecondMode(): void
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
  /** By how much it wears faster than before: 1 without a second failure mode. */
  acceleration: number
}

/** One of so many devices has a part that is worn from the start, and in the field one that gets a second failure mode. */
const [wornPeriod, secondModePeriod] = [5, 7]
/** When the second mode begins, days after the first use, and how much faster the part wears then. */
const secondMode = { days: [20, 330], factor: [3, 6] } as const

/** The position of a part in a device: parts are installed here one after the other, each for one epoch. */
export class PartSlot<P> implements PartSlotView {
  readonly component: string
  readonly parts: PartGroundTruth[] = []
  readonly #design: PartDesign<P>
  readonly #stream: string
  #installed: InstalledPart<P>
  /** Days after the first use at which the second failure mode begins. */
  #secondModeDays = Number.POSITIVE_INFINITY
  #firstUseAt: number | undefined

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
    this.#beginSecondMode(at)
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
    // What made it wear faster is removed with the dirt.
    installed.part = this.#design.accelerate(installed.part, 1 / installed.acceleration)
    installed.acceleration = 1
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

  enableSecondMode(): void {
    if (!isInStratum(this.#stream, `${this.component}, second mode`, secondModePeriod)) return
    this.#secondModeDays = this.#random(0, 'second mode').between(...secondMode.days)
  }

  #beginSecondMode(at: number): void {
    this.#firstUseAt ??= at
    if (at < this.#firstUseAt + this.#secondModeDays * dayMs) return
    this.#secondModeDays = Number.POSITIVE_INFINITY
    const installed = this.#installed
    const factor = this.#random(0, 'second mode', 'factor').between(...secondMode.factor)
    const accelerate = (part: P) => this.#design.accelerate(part, factor)
    installed.part = accelerate(installed.part)
    installed.acceleration = factor
    installed.counterfactuals = installed.counterfactuals.map((one) => ({
      ...one,
      part: accelerate(one.part),
    }))
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
    const { component, metric, failureDirection, limit, build, buildWorn } = this.#design
    const isWorn = age === 'used' && isInStratum(this.#stream, component, wornPeriod)
    const random = this.#random(epoch, 'part')
    const part = isWorn && buildWorn !== undefined ? buildWorn(random) : build(age, random)
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
      acceleration: 1,
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
