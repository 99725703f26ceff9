import { Random } from '../../device-sim/random.ts'

export type FaultKind = 'kill' | 'restart' | 'pause' | 'cut' | 'delay' | 'half-open'

/** What can fail, and how. */
interface FaultCandidate {
  name: string
  kinds: readonly FaultKind[]
  /** How often it is chosen, beside the others. */
  weight: number
}

export interface Fault {
  target: string
  kind: FaultKind
  /** From the fault before, ms. */
  delayMs: number
  /** Share of the fleet's messages that is to be acknowledged meanwhile; 0 may hit what still recovers. */
  afterProgressShare: number
  /** How long it lasts, ms: until the server is started again, goes on, or the network is as before. */
  durationMs: number
  /** Whether the next one may come while this one lasts. */
  overlaps: boolean
}

export interface FaultPlanOptions {
  seed: number
  faults: number
  candidates: readonly FaultCandidate[]
}

/** A killed server is back soon, a paused one or a network may be away longer than most timeouts of a client. */
const durationRangesMs: Record<FaultKind, readonly [number, number]> = {
  kill: [0, 1_500],
  restart: [0, 0],
  pause: [300, 5_000],
  cut: [100, 3_000],
  delay: [500, 4_000],
  'half-open': [300, 5_000],
}

/** What goes wrong, when and for how long: a function of the seed. */
export function planFaults({ seed, faults, candidates }: FaultPlanOptions): Fault[] {
  const random = new Random(seed, 'faults')
  const urn = candidates.flatMap(({ name, kinds, weight }) => {
    const [first, ...others] = kinds
    return first === undefined
      ? []
      : Array.from({ length: weight }, () => ({ name, kinds: [first, ...others] as const }))
  })
  return Array.from({ length: faults }, () => {
    const target = urn[random.integer(0, urn.length - 1)]
    if (target === undefined) throw new RangeError('nothing can fail')
    const kind = random.pick(target.kinds)
    const [least, most] = durationRangesMs[kind]
    return {
      target: target.name,
      kind,
      delayMs: Math.round(random.between(100, 1_500)),
      afterProgressShare: random.chance(1 / 3) ? 0 : random.between(0.2, 2) / faults,
      durationMs: Math.round(random.between(least, most)),
      overlaps: random.chance(0.25),
    }
  })
}

export function describeFault({ target, kind, durationMs }: Fault): string {
  return kind === 'restart' ? `restart ${target}` : `${kind} ${target} for ${durationMs} ms`
}
