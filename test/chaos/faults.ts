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
  /** Kills, each while devices publish: one of each server that may be killed, then more by weight. */
  kills: number
  /** Faults of other kinds. */
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
export function planFaults({ seed, kills, faults, candidates }: FaultPlanOptions): Fault[] {
  const random = new Random(seed, 'faults')
  const total = kills + faults
  const killable = candidates.filter(({ kinds }) => kinds.includes('kill'))
  const others = candidates.map((each) => ({ ...each, kinds: each.kinds.filter((kind) => kind !== 'kill') }))
  const killed = Array.from(
    { length: kills },
    (_, index) => (killable[index] ?? pickTarget(killable, random)).name,
  )
  const planned = [
    ...killed.map((target) => planFault({ target, kind: 'kill' }, { random, total })),
    ...Array.from({ length: faults }, () => {
      const { name, kinds } = pickTarget(others, random)
      return planFault(
        { target: name, kind: kinds[random.integer(0, kinds.length - 1)] ?? 'pause' },
        { random, total },
      )
    }),
  ]
  return planned
    .map((fault) => ({ fault, place: random.uniform() }))
    .sort((a, b) => a.place - b.place)
    .map(({ fault }) => fault)
}

function pickTarget(candidates: readonly FaultCandidate[], random: Random): FaultCandidate {
  const urn = candidates.flatMap((each) =>
    each.kinds.length === 0 ? [] : Array.from({ length: each.weight }, () => each),
  )
  const target = urn[random.integer(0, urn.length - 1)]
  if (target === undefined) throw new RangeError('nothing can fail')
  return target
}

function planFault(
  { target, kind }: Pick<Fault, 'target' | 'kind'>,
  { random, total }: { random: Random; total: number },
): Fault {
  const [least, most] = durationRangesMs[kind]
  const strikesRecovery = kind !== 'kill' && random.chance(1 / 3)
  return {
    target,
    kind,
    delayMs: Math.round(random.between(100, 1_500)),
    // Together less than all messages, so that the last kill, too, comes while devices publish.
    afterProgressShare: strikesRecovery ? 0 : random.between(0.3, 1) / total,
    durationMs: Math.round(random.between(least, most)),
    overlaps: kind !== 'kill' && random.chance(0.25),
  }
}

export function describeFault({ target, kind, durationMs }: Fault): string {
  return kind === 'restart' ? `restart ${target}` : `${kind} ${target} for ${durationMs} ms`
}
