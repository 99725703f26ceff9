import type { z } from 'zod'
import type { Device } from '../../contract/device.ts'
import type { Evidence } from '../../contract/finding.ts'
import type { FleetModel } from '../../contract/fleet-model.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import type { Kind } from '../files/kinds.ts'
import type { ConfigProblem } from '../files/rule-file-problem.ts'

/** What a detector makes of a device. */
export type Assessment =
  /** `crossesAt`: when the limit is expected to be crossed, ms since 1970. */
  | { is: 'bad'; crossesAt?: number }
  | { is: 'good' }
  /** Not bad, and not yet good enough to clear what is active. */
  | { is: 'between' }
  /** Not enough is known to judge. */
  | { is: 'unknown' }

/** What was measured at one moment, derived metrics included. */
export interface Sample {
  ts: number
  values: Readonly<Record<string, number>>
}

/** What is known beside the metrics when a detector is asked. */
export interface EvaluationContext {
  device: Device
  /** The part that the rule watches, as it stands among the lives of the lessons. */
  part: Omit<Lifetime, 'points'>
  /** Event time at which the present life of the rule's component began; undefined for one that was there before. */
  installedAt?: number
  /** When the device was last heard, by our clock; undefined for one that never was. */
  lastSeenAt?: number
  /** What the fleet teaches. */
  fleetModel: FleetModel
}

export interface Evaluation<M> {
  state: M
  assessment: Assessment
}

/** Judges a device under one rule. Pure; its memory is plain data of bounded size. */
export interface Evaluator<M> {
  /** It is shown the readings that have at least one of these. */
  metrics: readonly string[]
  /** Rules that remember the same can take over each other's memory. */
  stateKey: string
  initialState(): M
  /** Takes in a sample, in any order of time; the same sample again changes nothing. */
  onSample(memory: M, sample: Sample, circumstances: EvaluationContext): Evaluation<M>
  /**
   * Lets time pass. For detectors that need no reading to change their mind; absent in all others.
   * @param listening since when the device could have been heard: all before was our own silence; ms
   */
  onTick?(memory: M, now: { at: number; listening: number }, circumstances: EvaluationContext): Evaluation<M>
  /**
   * The earliest moment at which a tick may change memory or verdict, ms; it is not asked while the verdict is `bad`.
   * Absent: any tick may.
   */
  wakesAt?(memory: M, circumstances: Omit<EvaluationContext, 'fleetModel'>): number
  /** Judges a whole cohort, which stands as a device of its own, by new lessons. Absent in most. */
  evaluateCohort?(circumstances: EvaluationContext): { verdict: Assessment; evidence: Evidence }
  evidence(memory: M, circumstances: EvaluationContext): Evidence
  /** The course of the metric so far, for the lessons: oldest first. Absent where there is nothing to learn from it. */
  lifetimeSeries?(memory: M): { metric: string; points: readonly (readonly [ts: number, value: number])[] }
  /** Where the device stands now, to be compared with its peers; undefined while that is not known. */
  cohortLevel?(memory: M): { cohortKey: string; bin?: string; value: number } | undefined
}

/** Where a detector works. */
export interface ConfigContext {
  kind: Kind
  /** Leads from the rule to the detector's configuration: `detect`, its name. */
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

/** A detector with the configuration that a rule gave it; `path` of its contexts leads to where its name stands. */
export interface ConfiguredDetector {
  name: string
  validate(context: ConfigContext): ConfigProblem[]
  createEvaluator(context: ConfigContext): Evaluator<unknown>
}
