import { careDays, type Life, type Span } from '../../contract/truth.ts'
import { dayMs } from '../../lib/time.ts'
import { Random } from '../random.ts'

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
  /** What its owner does about a failed part, how likely at all, and after how many days. */
  remedy: Remedy<P>
}

type Remedy<P> = { probability: number; days: readonly [number, number] } & (
  | { by: 'replacement' }
  | { by: 'cleaning'; clean: (part: P) => P }
)

/** How a part ages in one use; the randomness of the wear comes from the part's own stream. */
export type Ageing<P> = (part: P, random: Random) => P

/** The view of a slot that does not depend on what sits in it. */
export interface Slot {
  readonly component: string
  /** Every part that sat here, the present one last. */
  readonly lives: readonly Life[]
  /** True value of the metric now. */
  truth(): number
  /** The owner does what is due about a failed part. @returns whether a new part was put in, at `at` */
  remedied(at: number): boolean
}

/** A part as it would be had nobody cleaned it: it shares all uses with the real one, and nothing else. */
interface Ghost<P> {
  part: P
  random: Random
  span: Span
}

/** A part in its place, and what is known of it. */
interface Seated<P> {
  part: P
  life: Life
  span: Span
  /** Randomness of its wear. */
  random: Random
  ghosts: Ghost<P>[]
  remedyAt?: number
}

/** A place in a device where parts sit one after the other, each for one epoch. */
export class PartSlot<P> implements Slot {
  readonly component: string
  readonly lives: Life[] = []
  readonly #design: PartDesign<P>
  readonly #stream: string
  #seated: Seated<P>

  /** @param stream names the random stream of the device */
  constructor(design: PartDesign<P>, stream: string) {
    this.component = design.component
    this.#design = design
    this.#stream = stream
    this.#seated = this.#seat('used', null)
  }

  get part(): P {
    return this.#seated.part
  }

  truth(): number {
    return this.#design.truth(this.part)
  }

  /** Wears the part in a use that ends at `at`, and notes when its truth first crosses the limit. */
  wear(at: number, age: Ageing<P>): void {
    const seated = this.#seated
    const { life, span } = seated
    seated.part = age(seated.part, seated.random)
    seated.ghosts = seated.ghosts.filter((ghost) => this.#outlives(ghost, at, age))
    if (span.crossedAt !== null || !this.#isBeyondLimit(seated.part)) return
    span.crossedAt = at
    span.wouldCrossAt = at
    const { probability, days } = this.#design.remedy
    const random = this.#random(life.epoch, 'remedy', life.spans.length)
    if (random.chance(probability)) seated.remedyAt = at + random.between(...days) * dayMs
  }

  /** Its owner cleans it. Care that does not bring it back within its limit changes nothing for the truth. */
  tend(at: number, clean: (part: P) => P): void {
    const seated = this.#seated
    const { part, span, life } = seated
    seated.part = clean(part)
    if (this.#isBeyondLimit(seated.part)) return
    span.tendedAt = at
    if (span.crossedAt === null) {
      seated.ghosts.push({ part, span, random: this.#random(life.epoch, 'ghost', life.spans.length) })
    }
    delete seated.remedyAt
    seated.span = beginSpan(at)
    life.spans.push(seated.span)
  }

  remedied(at: number): boolean {
    const { remedyAt, life } = this.#seated
    if (remedyAt === undefined || at < remedyAt) return false
    const { remedy } = this.#design
    if (remedy.by === 'cleaning') {
      this.tend(at, remedy.clean)
      return false
    }
    life.replacedAt = at
    this.#seated = this.#seat('new', at)
    return true
  }

  #seat(age: 'used' | 'new', builtInAt: number | null): Seated<P> {
    const epoch = this.lives.length
    const { component, metric, worse, limit, build } = this.#design
    const part = build(age, this.#random(epoch, 'part'))
    const span = beginSpan(builtInAt)
    const life = { component, epoch, metric, worse, limit: limit(part), builtInAt, replacedAt: null }
    const whole: Life = { ...life, spans: [span] }
    this.lives.push(whole)
    return { part, life: whole, span, random: this.#random(epoch, 'wear'), ghosts: [] }
  }

  #outlives(ghost: Ghost<P>, at: number, age: Ageing<P>): boolean {
    if (at > (ghost.span.tendedAt ?? at) + careDays * dayMs) return false
    ghost.part = age(ghost.part, ghost.random)
    if (!this.#isBeyondLimit(ghost.part)) return true
    ghost.span.wouldCrossAt = at
    return false
  }

  #isBeyondLimit(part: P): boolean {
    const value = this.#design.truth(part)
    const { limit } = this.#seated.life
    return this.#design.worse === 'below' ? value < limit : value > limit
  }

  #random(epoch: number, ...purpose: (string | number)[]): Random {
    return new Random(this.#stream, this.component, epoch, ...purpose)
  }
}

function beginSpan(from: number | null): Span {
  return { from, tendedAt: null, crossedAt: null, wouldCrossAt: null }
}
