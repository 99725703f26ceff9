import type { z } from 'zod'
import type { Evidence } from '../finding.ts'
import type { Kind } from '../kinds.ts'

/** What a detector makes of a device. */
export type Verdict =
  /** `crossesAt`: when the limit is expected to be crossed, ms since 1970. */
  | { is: 'bad'; crossesAt?: number }
  | { is: 'good' }
  /** Not bad, and not yet good enough to clear what is active. */
  | { is: 'between' }
  /** Not enough is known to judge. */
  | { is: 'unknown' }

/** One value of the watched metric, with what else was measured at that moment. */
export interface Sample {
  ts: number
  value: number
  values: Readonly<Record<string, number>>
}

export interface Judged<M> {
  memory: M
  verdict: Verdict
}

/** Judges a metric, reading by reading. Pure; its memory is plain data of bounded size. */
export interface MetricWatch<M> {
  watches: 'metric'
  metric: string
  /** Rules that remember the same can take over each other's memory. */
  remembers: string
  start(): M
  /** Takes in a sample, in any order of time; the same sample again changes nothing. */
  read(memory: M, sample: Sample): Judged<M>
  evidence(memory: M): Evidence
}

/** Judges whether a device is still heard. */
export interface PresenceWatch {
  watches: 'presence'
  judge(heardAt: number, now: number): Verdict
  evidence(heardAt: number): Evidence
}

export type Watch = MetricWatch<unknown> | PresenceWatch

/** Where a detector works: the kind of device, and the rule's `clear` where it has one. */
export interface WatchContext {
  kind: Kind
  clear: number | undefined
}

/** What is wrong with a detector's configuration for a kind; `path` leads from the rule. */
export interface ConfigProblem {
  path: readonly (string | number)[]
  /** What of it is wrong; the value unless said otherwise. */
  part?: 'key'
  message: string
  hint?: string
}

/** A way to see trouble: one folder with code, test, README and sample. */
export interface Detector<C> {
  name: string
  /** What a rule writes below `detect: <name>:`. */
  config: z.ZodType<C>
  /** What the schema cannot see: names and numbers that do not fit the kind. */
  check(config: C, context: WatchContext): ConfigProblem[]
  watch(config: C, context: WatchContext): Watch
}
