import { dayMs } from '../calendar.ts'
import { Random } from '../random.ts'
import type { Life } from '../truth.ts'

/** What kind of part sits in a slot, and what counts as its failure. */
export interface PartDesign<P> {
  component: string
  /** The metric whose true value decides. */
  metric: string
  worse: 'below' | 'above'
  limit(part: P): number
  /** The metric's true value under nominal conditions, without sensor noise. */
  truth(part: P): number
  /** `used` for the part that is there when the simulation starts. */
  build(age: 'used' | 'new', random: Random): P
  /** How likely the owner has a failed part replaced at all, and after how many days. */
  replacement: { probability: number; days: readonly [number, number] }
}

/** The view of a slot that does not depend on what sits in it. */
export interface Slot {
  readonly component: string
  /** Every part that sat here, the present one last. */
  readonly lives: readonly Life[]
  /** True value of the metric now. */
  truth(): number
  /** Puts in a new part when the owner has got round to it. @returns whether that happened, at `at` */
  replacedBy(at: number): boolean
}

/** A place in a device where parts sit one after the other, each for one epoch. */
export class PartSlot<P> implements Slot {
  readonly component: string
  readonly lives: Life[] = []
  part: P
  readonly #design: PartDesign<P>
  readonly #stream: string
  #life: Life
  #replaceAt: number | undefined

  /** @param stream names the random stream of the device */
  constructor(design: PartDesign<P>, stream: string) {
    this.component = design.component
    this.#design = design
    this.#stream = stream
    this.part = design.build('used', this.#random(0))
    this.#life = this.#begin(null)
  }

  truth(): number {
    return this.#design.truth(this.part)
  }

  /** Takes over the worn part, and notes when its truth first crosses the limit. */
  wear(at: number, part: P): void {
    this.part = part
    if (this.#life.crossedAt !== null || !this.#isBeyondLimit()) return
    this.#life.crossedAt = at
    const random = new Random(this.#stream, this.component, this.#life.epoch, 'replacement')
    const { probability, days } = this.#design.replacement
    if (random.chance(probability)) this.#replaceAt = at + random.between(...days) * dayMs
  }

  replacedBy(at: number): boolean {
    if (this.#replaceAt === undefined || at < this.#replaceAt) return false
    this.#replaceAt = undefined
    this.#life.replacedAt = at
    this.part = this.#design.build('new', this.#random(this.lives.length))
    this.#life = this.#begin(at)
    return true
  }

  #begin(builtInAt: number | null): Life {
    const { component, metric, worse, limit } = this.#design
    const life: Life = {
      component,
      epoch: this.lives.length,
      metric,
      worse,
      limit: limit(this.part),
      builtInAt,
      crossedAt: null,
      replacedAt: null,
    }
    this.lives.push(life)
    return life
  }

  #isBeyondLimit(): boolean {
    const value = this.truth()
    return this.#design.worse === 'below' ? value < this.#life.limit : value > this.#life.limit
  }

  #random(epoch: number): Random {
    return new Random(this.#stream, this.component, epoch)
  }
}
