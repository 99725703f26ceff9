import { z } from 'zod'
import { duration } from '../files/duration.ts'
import type { ConfigProblem } from '../files/problem.ts'
import type {
  Circumstances,
  ConfiguredDetector,
  Detector,
  Judged,
  Sample,
  Verdict,
  Watch,
  WatchContext,
} from './detector.ts'

/** A detector within `all` or `any`, with the `clear` that a rule would have beside it. */
export interface Part {
  detector: ConfiguredDetector
  clear: number | undefined
}

interface PartMemory {
  memory: unknown
  verdict: Verdict
  /** Of the newest sample that was judged. */
  at?: number
}

type Memory = readonly PartMemory[]

export interface Combination {
  name: string
  /** Of the parts' verdicts the one that stands for all. */
  combine(verdicts: readonly Verdict[]): Verdict
}

const mostParts = 6
/** As many expected intervals as a reading may be away before it counts as a gap. */
const defaultIntervals = 3

const configOf = (part: z.ZodType<Part>) =>
  z.strictObject({
    of: z.array(part).min(2).max(mostParts),
    /** For how long a part's verdict holds; three expected intervals of the kind where it is left out. */
    within: duration.optional(),
  })

type CompositeConfig = z.infer<ReturnType<typeof configOf>>

/** A detector made of others, each with its own metrics and memory. */
export function composite({ name, combine }: Combination, part: z.ZodType<Part>): Detector<CompositeConfig> {
  return {
    name,
    config: configOf(part),
    check: (config, context) => check(name, config, context),
    watch(config, context): Watch<Memory> {
      const holdsMs = config.within ?? defaultIntervals * context.kind.expectedIntervalMs
      const watches = config.of.map(({ detector, clear }, index) =>
        detector.watch({ ...context, clear, path: [...context.path, 'of', index] }),
      )
      const judged = (memory: Memory, now: number): Judged<Memory> => ({
        memory,
        verdict: combine(memory.map((part, index) => held(part, watches[index], now - holdsMs))),
      })
      const watch = watchParts(name, watches, judged)
      const waits = watches.some(({ tick }) => tick !== undefined)
      return waits ? { ...watch, tick: tickParts(watches, judged), wakesAt: partWakesAt(watches) } : watch
    },
  }
}

/** A verdict that is older than `since` is none, unless the passing of time alone would have changed it. */
function held({ verdict, at }: PartMemory, watch: Watch<unknown> | undefined, since: number): Verdict {
  const isOld = watch?.tick === undefined && (at === undefined || at < since)
  return isOld ? { is: 'unknown' } : verdict
}

type Judge = (memory: Memory, now: number) => Judged<Memory>

function watchParts(name: string, watches: readonly Watch<unknown>[], judged: Judge): Watch<Memory> {
  return {
    metrics: [...new Set(watches.flatMap(({ metrics }) => metrics))],
    remembers: `${name} [${watches.map(({ remembers }) => remembers).join('; ')}]`,
    start: () => watches.map((watch) => ({ memory: watch.start(), verdict: { is: 'unknown' } })),
    read(before, sample, circumstances) {
      const shown = { sample, circumstances }
      const memory = changed(before, (part, index) => readPart(part, watches[index], shown))
      return judged(memory, sample.ts)
    },
    evidence(memory, circumstances) {
      const parts = watches.map((watch, index) => watch.evidence(memory[index]?.memory, circumstances))
      const bad = memory.findIndex(({ verdict }) => verdict.is === 'bad')
      return { points: [], ...parts[Math.max(0, bad)], detector: name, parts }
    },
  }
}

function tickParts(watches: readonly Watch<unknown>[], judged: Judge): NonNullable<Watch<Memory>['tick']> {
  return (before, now, circumstances) => {
    const memory = changed(before, (part, index) => {
      const told = watches[index]?.tick?.(part.memory, now, circumstances)
      return told === undefined || isSame(told, part) ? part : { ...part, ...told }
    })
    return judged(memory, now.at)
  }
}

/** A part is shown what it watches; a late sample informs it and does not speak for the present. */
function readPart(
  part: PartMemory,
  watch: Watch<unknown> | undefined,
  { sample, circumstances }: { sample: Sample; circumstances: Circumstances },
): PartMemory {
  if (!watch?.metrics.some((metric) => sample.values[metric] !== undefined)) return part
  const { memory, verdict } = watch.read(part.memory, sample, circumstances)
  const { at = Number.NEGATIVE_INFINITY } = part
  if (sample.ts > at) return { memory, verdict, at: sample.ts }
  return memory === part.memory ? part : { ...part, memory }
}

function partWakesAt(watches: readonly Watch<unknown>[]): NonNullable<Watch<Memory>['wakesAt']> {
  return (memory, circumstances) =>
    Math.min(
      ...watches.map(({ tick, wakesAt }, index) => {
        const { memory: own, verdict } = memory[index] ?? {}
        if (tick === undefined) return Number.POSITIVE_INFINITY
        if (verdict?.is === 'bad') return Number.NEGATIVE_INFINITY
        return wakesAt?.(own, circumstances) ?? Number.NEGATIVE_INFINITY
      }),
    )
}

function isSame({ memory, verdict }: Judged<unknown>, part: PartMemory): boolean {
  return memory === part.memory && JSON.stringify(verdict) === JSON.stringify(part.verdict)
}

/** @returns the same memory when no part of it changed */
function changed(before: Memory, change: (part: PartMemory, index: number) => PartMemory): Memory {
  const after = before.map(change)
  return after.every((part, index) => part === before[index]) ? before : after
}

function check(name: string, { of }: CompositeConfig, context: WatchContext): ConfigProblem[] {
  const problems = of.flatMap(({ detector, clear }, index) => {
    const path = [...context.path, 'of', index]
    return detector
      .check({ ...context, clear, path })
      .map((problem) => (problem.path[0] === 'clear' ? { ...problem, path: [...path, 'clear'] } : problem))
  })
  if (context.clear !== undefined) {
    const hint = 'give it to the parts, beside their detector'
    problems.push({ path: ['clear'], message: `${name} has no clear:`, hint })
  }
  return problems
}
