import type { Device } from '../../contract/device.ts'
import type { Finding } from '../../contract/finding.ts'
import type { FleetModel } from '../../contract/fleet-model.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import type { MissingInput } from '../../contract/measurements.ts'
import type { Reading } from '../../contract/reading.ts'
import type { QualityState } from '../quality/quality-check.ts'

/** Input of the engine, in the order of the journal. */
export type RuleInput =
  /** `receivedAt`, here and below: receipt time, ms. Absent in tests and backtests, where the event time is used instead. */
  | { type: 'device'; device: Device; receivedAt?: number }
  | { type: 'reading'; reading: Reading; receivedAt?: number }
  | { type: 'part_replaced'; device: string; component: string; ts: number; receivedAt?: number }
  /** The device sent something else at this receipt time, ms: it is not silent. */
  | { type: 'heard'; at: number }
  /** `since`: when ingestion last (re)started, ms; no message could arrive before it. Absent: ingestion never stopped. */
  | { type: 'tick'; at: number; since?: number }
  /** A new fleet model is live. Only cohorts get this input; the engine treats each one as a device (`cohortDevices`). */
  | { type: 'fleet_model'; at: number }

/** Number of the present format of a device's state. */
export const stateFormat = 3

/** State of all rules for one device: plain data, bounded in size, stored in the journal. The engine changes it in place. */
export interface DeviceState {
  /** Absent in what earlier releases stored: see `withPresentFormat`. */
  format: typeof stateFormat
  device: Device
  /** Offset in the journal up to which the state is evaluated, as it was stored; absent before that. */
  evaluatedUpTo?: number
  /** Event time of the newest reading so far, ms. */
  newestReadingAt?: number
  /** Receipt time of the last message, ms. */
  lastSeenAt?: number
  /** Last intervals between receipts, ms, newest last. */
  heardIntervalsMs?: number[]
  /** Time from which silence counts, ms: the last message before the first tick, or that tick. */
  expectedSince?: number
  /** Current epoch of each component that was ever replaced; all others are in epoch 0, which has no start. */
  epochs: Readonly<Record<string, Epoch>>
  /** By rule name; the state of a trial by `<rule>@<start of the trial>`. */
  rules: Record<string, RuleState>
  /** Inputs held back until older ones can no longer arrive, oldest first; only for kinds with an allowed lateness. */
  reorderBuffer?: readonly BufferedInput[]
  /** State of the quality checks of sensors and device clock; absent while it is empty. */
  quality?: QualityState
  /** By metric: levels from which a service is recognized (`serviced` in the kind). */
  serviceLevels?: Record<string, ServiceLevel>
  /** Metrics that have arrived so far, as far as rules need them. */
  inputs?: InputsState
  /** Last completed lifetimes of its parts, oldest first, bounded in number. */
  completedLifetimes?: readonly CompletedLifetime[]
  /** What its former parts contribute to hazards and health models, oldest first, bounded in number. */
  completedHistories?: readonly PartHistory[]
  /** State of the kind before, until the present kind has lasted. */
  formerKind?: FormerKind
}

/** State of a device under the kind that it had before. */
export interface FormerKind
  extends Pick<DeviceState, 'rules'>,
    Partial<Pick<DeviceState, 'quality' | 'completedLifetimes' | 'completedHistories'>> {
  kind: string
  /** Receipt time of the change, ms; absent before the first input with a time. */
  since?: number
}

/** Level of a metric that shows a service. */
export interface ServiceLevel {
  /** Last values before a possible service, oldest first. */
  recent: readonly number[]
  /** Event time of a value after it, ms, that the next one has to confirm. */
  fallenAt?: number
}

/** Which metrics of a device have arrived. */
export interface InputsState {
  /** Event times of the first and the newest counted reading, ms. */
  since: number
  newestAt: number
  readings: number
  seen: readonly string[]
  /** Metrics that rules need and that have not arrived; absent in states of earlier releases. */
  awaited?: readonly string[]
  /** Rules with a reported missing input. */
  reported?: readonly string[]
}

/** Lifetime of a part that was replaced, kept for the fleet model. */
export interface CompletedLifetime {
  component: string
  metric: string
  epoch: number
  /** Number of services before it in the epoch. */
  services?: number
  /** Event time of its start, ms, where known. */
  since?: number
  points: readonly (readonly [ts: number, value: number])[]
}

/** Period during which one part is installed as a component. */
export interface Epoch {
  number: number
  /** Event time of the replacement that began it, or of the last recognized service since, ms. */
  since: number
  /** Number of recognized services of the part. */
  services?: number
  /** Time between the last two of them, ms; absent until there were two. */
  serviceIntervalMs?: number
  /** Event time of the replacement that began it, ms, where a service was recognized since; absent in epoch 0. */
  replacedAt?: number
}

/** State of one rule for one device in the current epoch; changed in place. */
export interface RuleState {
  /** Version of the rule that wrote this state. */
  version: string
  component: string
  /** Format of `memory`; only a detector with the same key can take it over. */
  stateKey: string
  /** Memory of the detector. */
  memory: unknown
  /** Event time of the newest evaluated reading, ms. */
  evaluatedAt: number | undefined
  /** Event time from which readings were evaluated without a gap, ms; only for rules with `for` or `hold`. */
  continuousSince: number | undefined
  /** Last intervals between evaluated readings, ms, newest last; only for rules with `for` or `hold`. */
  intervalsMs: number[] | undefined
  /** Start of the uninterrupted `bad` assessments while no finding is active, ms (Prometheus: pending). */
  pendingSince: number | undefined
  /** Last time at which a cause (`unless`) explained a `bad` assessment that outlasts its readings, ms. */
  explainedAt?: number
  /** Start of the uninterrupted `good` assessments while a finding is held, ms (Prometheus: `keep_firing_for`). */
  clearingSince: number | undefined
  /** `only_while` of the rule was false in the newest reading that tells. */
  suspended: boolean
  /** Number of findings raised in this epoch. */
  episode: number
  /** Times of the last `hold.raises` raises, ms, newest last; only where that is more than one. */
  recentRaises: readonly number[] | undefined
  /** Last notification of the owner, for rules with `repeat`. */
  lastNotified: { at: number; severity: Finding['severity'] } | undefined
  active: ActiveFinding | undefined
}

/** Finding that was raised and not cleared. */
export interface ActiveFinding {
  /** Event time at which it was raised, ms. */
  raisedAt?: number
  severity: Finding['severity']
  /** Number of updates since it was raised. */
  updateCount: number
  /** Predicted time of the crossing that was last reported, ms. */
  crossesAt?: number
  /** Which of the regular dates or intervals it reminds of. */
  occurrence?: number
}

/** What a step finds. */
export interface StepOutput {
  findings: Finding[]
  missingInputs: MissingInput[]
}

export interface StepResult {
  /** State after the step; undefined for an unregistered device. */
  state: DeviceState | undefined
  isChanged: boolean
  findings: Finding[]
  /** Inputs of rules that do not arrive, found by this step; absent in most. */
  missingInputs?: readonly MissingInput[]
}

/** Lifetime series that a device contributes to the fleet model under `lifetimeKey`. */
export interface LifetimeContribution {
  lifetimeKey: string
  lifetime: Lifetime
  isCompleted: boolean
}

/** Observed history of one part, for the hazard or the health model of a key. */
export interface PartHistory {
  historyKey: string
  partId: string
  cohort?: string
  /** Time of its installation, or of its first look where that is unknown, ms. */
  startedAt: number
  /** As of `HistorySource`. */
  looks: readonly number[]
  /** Time up to which it was observed, ms. */
  until: number
  /** It was replaced at `until`. */
  failed: boolean
}

/** Level of a device's metric, to be compared with the peers under `cohortKey`. */
export interface LevelContribution {
  cohortKey: string
  bin?: string
  value: number
}

/** Data that one device contributes to the fleet model. */
export interface Contribution {
  lifetimes: readonly LifetimeContribution[]
  levels: readonly LevelContribution[]
  /** Histories for hazards and health models; absent where no rule needs any. */
  histories?: readonly PartHistory[]
}

/** Rule engine. It has no clock and no I/O; the same state and input give the same result. */
export interface Engine {
  /**
   * Apply one input to the state of a device, in place: go on with the state of the result.
   * @param state of the device that the input concerns; undefined for an unregistered device. A `device` input registers
   *   it; any other input of an unregistered device changes nothing. After an error the state is of no use any more.
   * @param fleetModel the live fleet model at this input; default: the empty one
   */
  step(state: DeviceState | undefined, input: RuleInput, fleetModel?: FleetModel): StepResult
  /** Return whether devices of this kind need tick inputs: for time-driven rules, or to release reordered inputs. */
  needsTicks(kind: string): boolean
  /**
   * Return the earliest time at which a tick may change the state, ms. Earlier ticks can be skipped, unless the device
   * gets another input first.
   */
  nextTickAt(state: DeviceState): number
  /**
   * Return the measured metrics that are enough to find what the rules of a kind find in readings in the order of time;
   * undefined when any may matter. Sensor faults of other metrics are then not found.
   */
  neededMetrics(kind: string): readonly string[] | undefined
  /** Return whether states of devices of this kind contribute anything to the fleet model. */
  contributes(kind: string): boolean
  /**
   * Return what the state of a device contributes to the fleet model.
   * @param isWanted whether the running lifetime of a part is wanted; by default any
   */
  contribution(state: DeviceState, isWanted?: (lifetimeKey: string, partId: string) => boolean): Contribution
}

/** Input held back until older ones can no longer arrive. */
export interface BufferedInput {
  ts: number
  /** Receipt time, ms. */
  receivedAt: number
  input: TimedInput
}

/** Input with an event time. */
export type TimedInput = Extract<RuleInput, { type: 'reading' | 'part_replaced' }>
