import type { Device } from '../../contract/device.ts'
import type { Finding } from '../../contract/finding.ts'
import type { FleetModel } from '../../contract/fleet-model.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import type { Reading } from '../../contract/reading.ts'
import type { QualityState } from '../quality/quality-check.ts'

/** What the rules are told, in the order of the journal. */
export type RuleInput =
  | { type: 'device'; device: Device }
  /** `receivedAt`, here and below, is absent in tests and backtests: then the event time stands for it. */
  | { type: 'reading'; reading: Reading; receivedAt?: number }
  | { type: 'part_replaced'; device: string; component: string; ts: number; receivedAt?: number }
  /** `since`: from when on devices could be heard; what was before is our own silence. Absent: all the time. */
  | { type: 'tick'; at: number; since?: number }
  /** New lessons hold. Told of cohorts only (`fleetCohorts`), which the engine knows as devices of their own. */
  | { type: 'lessons'; at: number }

/** Everything the rules remember of one device: plain data, bounded in size, kept in the journal. */
export interface DeviceState {
  device: Device
  /** Event time of the newest reading so far. */
  newestReadingAt?: number
  /** When it was last heard, by our clock. */
  lastSeenAt?: number
  /** Since when it is waited for: by then it had been heard, or the first tick came. */
  expectedSince?: number
  /** The present life of each component that was ever replaced; any other is in its life 0, without a beginning. */
  epochs: Readonly<Record<string, Epoch>>
  /** By the rule's name; that of a trial with `@` and its beginning behind it. */
  rules: Readonly<Record<string, RuleState>>
  /** What waits for others that it may have overtaken, oldest first; only where the kind has a lateness. */
  reorderBuffer?: readonly BufferedInput[]
  /** Whether its sensors and its clock can be believed; absent while nothing was to be remembered. */
  quality?: QualityState
  /** The last lives of its parts that are over, oldest first, at most a few. */
  completedLifetimes?: readonly CompletedLifetime[]
}

/** A life of a part that is over, kept to teach others. */
export interface CompletedLifetime {
  component: string
  metric: string
  epoch: number
  /** Event time of its beginning, where that is known. */
  since?: number
  points: readonly (readonly [ts: number, value: number])[]
}

/** The life of one built-in part. */
export interface Epoch {
  number: number
  /** Event time of the replacement. */
  since: number
}

/** What one rule remembers of one device in the present epoch. */
export interface RuleState {
  /** Of the rule that wrote this. */
  version: string
  component: string
  /** Memory can be taken over only by a detector that remembers the same. */
  stateKey: string
  /** The detector's own. */
  detectorState: unknown
  /** Event time of the newest reading that was judged. */
  evaluatedAt?: number
  /** Since when the detector has said `bad` without a break, while nothing is raised yet. */
  pendingSince?: number
  /** Since when the detector has said `good` without a break, while what is raised is held. */
  clearingSince?: number
  /** Counts the findings raised in this epoch. */
  episode: number
  /** When it was raised lately, for rules that damp flapping: as often as they ask for, the newest last. */
  recentRaises?: readonly number[]
  /** What the owner was told last, for rules that limit repetition. */
  lastNotified?: { at: number; severity: Finding['severity'] }
  active?: ActiveFinding
}

/** A finding that was raised and not cleared. */
export interface ActiveFinding {
  /** Event time at which it was raised. */
  raisedAt?: number
  severity: Finding['severity']
  /** How many updates followed. */
  updateCount: number
  /** The predicted crossing that was last reported. */
  crossesAt?: number
}

export interface StepResult {
  /** The state after it: the same object when nothing changed; undefined while the device is not known. */
  state: DeviceState | undefined
  findings: Finding[]
}

/** A course that a device can teach others, by its subject. */
export interface LifetimeContribution {
  lifetimeKey: string
  lifetime: Lifetime
  isCompleted: boolean
}

/** Where a device stands among its peers. */
export interface LevelContribution {
  cohortKey: string
  bin?: string
  value: number
}

/** What a device can teach the fleet. */
export interface Contribution {
  lifetimes: readonly LifetimeContribution[]
  levels: readonly LevelContribution[]
}

/** Pure: no clock, no I/O; the same state and input give the same step. */
export interface Engine {
  /**
   * @param state of the device that the input concerns; undefined for a device not seen before, which its
   *   announcement (`device`) makes known. Anything else of an unknown device changes nothing.
   * @param lessons what the fleet teaches at this point; nothing when absent
   */
  step(state: DeviceState | undefined, input: RuleInput, lessons?: FleetModel): StepResult
  /** Whether a device of this kind has rules that wait for the passing of time. */
  needsTicks(kind: string): boolean
  /**
   * The earliest moment at which a tick may change something: ticks before it can be left out, unless something else
   * is told of the device.
   */
  nextTickAt(state: DeviceState): number
  /** What the state of a device can teach the fleet. */
  contribution(state: DeviceState): Contribution
}

/** An input that waits for others that it may have overtaken. */
export interface BufferedInput {
  ts: number
  /** By our clock. */
  receivedAt: number
  input: TimedInput
}

/** What has an event time of its own. */
export type TimedInput = Extract<RuleInput, { type: 'reading' | 'part_replaced' }>
