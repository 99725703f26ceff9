import type { z } from 'zod'
import type { Device } from '../../contract/device.ts'
import type { Evidence } from '../../contract/finding.ts'
import type { FleetModel } from '../../contract/fleet-model.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import type { Kind } from '../files/kinds.ts'
import type { ConfigProblem } from '../files/rule-file-problem.ts'

/** Assessment of a device by a detector. */
export type Assessment =
  /**
   * `crossesAt`: expected time at which the limit is crossed, ms since 1970. `since`: event time of the first of the
   * readings that agree on it, ms; absent when it is this one. `occurrence`: which of the regular dates or intervals is
   * due; a later one than that of the active finding is raised again, so that it reminds again.
   */
  | { is: 'bad'; crossesAt?: number; since?: number; occurrence?: number }
  | { is: 'good' }
  /** Not bad, and not yet good enough to clear an active finding. */
  | { is: 'between' }
  /** Too little data for an assessment. */
  | { is: 'unknown' }

/** Values measured at one moment, derived metrics included. */
export interface Sample {
  ts: number
  values: Readonly<Record<string, number>>
  /**
   * By metric: event time of an earlier value, ms, that the quality check had held back as a possible step and that this
   * sample confirmed.
   */
  confirmedSteps?: Readonly<Record<string, number>>
}

/** Evaluation context: everything that an evaluator gets besides the metrics. */
export interface EvaluationContext {
  device: Device
  /** Lifetime of the rule's part, described as in the fleet model. */
  part: Omit<Lifetime, 'points'>
  /** Event time at which the present lifetime of the rule's component began; undefined for a part installed before. */
  installedAt?: number
  /** When the device was last heard, by the system clock, ms; undefined if never. */
  lastSeenAt?: number
  /** Last intervals between receipts, ms, newest last; undefined until there was one. */
  heardIntervalsMs?: readonly number[]
  /** Fleet model. */
  fleetModel: FleetModel
}

/** Length of the series of a metric. */
export interface LifetimeExtent {
  metric: string
  /** Number of points. */
  count: number
  /** Time from the first point to the last, ms. */
  spanMs: number
}

/** Assessment by time alone. */
export interface TickEvaluation {
  assessment: Assessment
  /** Whether the memory changed. */
  isChanged: boolean
}

/** Gives the history of a part for the hazard or the health model of the fleet model. */
export interface HistorySource<M> {
  /** Key of the model: `hazardKey` or `healthKey`. */
  key: string
  /** Return its looks, oldest first: for each its time, ms, and the level of each metric, as the model has them. */
  looks(memory: M): readonly number[]
}

/**
 * Evaluates a device under one rule. What it remembers of the device, its memory, is plain data of bounded size that it changes
 * in place; nothing else may change, and the same memory and samples give the same assessments.
 */
export interface Evaluator<M> {
  /** Metrics of the rule: it gets the readings that have at least one of these. */
  metrics: readonly string[]
  /**
   * Metrics that it reads from a sample besides `metrics`. Absent: any of them, so that a backtest reads all that is stored of
   * the kind.
   */
  reads?: readonly string[]
  /** Groups of metrics: without one of each group there is never an assessment. Absent: one of `metrics` is enough. */
  inputs?: readonly (readonly string[])[]
  /** Key of the memory: a rule can take over that of another with the same key. */
  stateKey: string
  /** How old the readings may be that an assessment is of, where it is not of the newest, ms. */
  conclusionAgeMs?: number
  /** Create the memory of a device that has sent nothing yet. */
  createMemory(): M
  /** Add a sample, in any order of time; a repeated sample changes nothing. */
  onSample(memory: M, sample: Sample, context: EvaluationContext): Assessment
  /**
   * Advance time. For detectors whose assessment changes without a reading; absent in all others.
   * @param listening since when readings could be received without a gap on our side, ms
   */
  onTick?(memory: M, now: { at: number; listening: number }, context: EvaluationContext): TickEvaluation
  /**
   * Return the earliest time at which a tick may change state or assessment, ms; not called while it is `bad`.
   * Absent: any tick may.
   */
  wakesAt?(memory: M, context: Omit<EvaluationContext, 'fleetModel'>): number
  /** Evaluate a whole cohort, represented by a device of its own, on a new fleet model. Absent in most. */
  evaluateCohort?(context: EvaluationContext): { verdict: Assessment; evidence: Evidence }
  evidence(memory: M, context: EvaluationContext): Evidence
  /**
   * Return how long `lifetimeSeries` is, without listing its points: the fleet model takes the longest ones of all devices.
   * Absent: they are listed.
   */
  lifetimeExtent?(memory: M): LifetimeExtent
  /** Return the metric's series so far, for the fleet model: oldest first. Absent where it is not contributed. */
  lifetimeSeries?(memory: M): { metric: string; points: readonly (readonly [ts: number, value: number])[] }
  /** History of the part, from which the fleet model learns its hazard or health. Absent where it is not contributed. */
  history?: HistorySource<M>
  /** Return the present level of the device, to compare with its peers; undefined while unknown. */
  cohortLevel?(memory: M): { cohortKey: string; bin?: string; value: number } | undefined
}

/** Context in which a detector's configuration is validated and used. */
export interface ConfigContext {
  kind: Kind
  /** Path from the rule to the detector's configuration: `detect`, its name. */
  path: readonly (string | number)[]
  component: string
  /** The rule's `clear`, where it has one. */
  clear: number | undefined
}

/** Return values at which a rule raises less than at the given one, the nearest first. Durations are in ms. */
export type StricterValues = (value: number) => number[]

/** By key of a detector's configuration: how to make it stricter. Keys that must not be tuned are left out. */
export type StricterSettings<C> = { readonly [K in keyof C & string]?: StricterValues }

/** A kind of condition that rules can detect: one folder with code, test, README and sample. */
export interface Detector<C = unknown> {
  /** Key below `detect:` in rule files. */
  name: string
  /** Schema of the mapping below `detect: <name>:`, with `.describe()` on each key. */
  config: z.ZodType<C>
  /** Return problems that the schema cannot see: names and numbers that do not fit the kind. */
  validate(config: C, context: ConfigContext): ConfigProblem[]
  createEvaluator(config: C, context: ConfigContext): Evaluator<unknown>
  /** Settings that are tried when technicians find too few of a rule's alarms confirmed; `{}` for none. */
  stricter: StricterSettings<C>
  /**
   * Return whether a finding says that the part has already failed or is beyond its limit. A repair after such a finding
   * does not count as "repaired before failure".
   * @param evidence of a finding of this detector
   * @param at event time of the finding, ms
   */
  indicatesFailure(evidence: Evidence, at: number): boolean
}

/** Detector with the configuration from a rule; `path` of its contexts ends at its name. */
export interface ConfiguredDetector {
  name: string
  validate(context: ConfigContext): ConfigProblem[]
  createEvaluator(context: ConfigContext): Evaluator<unknown>
}
