import type { Device, Reading } from '../store/journal/entry.ts'
import type { Finding } from './finding.ts'

/** What the rules are told, in the order of the journal. */
export type RuleInput =
  | { type: 'device'; device: Device }
  /** `receivedAt` is absent in tests and backtests: then the event time stands for it. */
  | { type: 'reading'; reading: Reading; receivedAt?: number }
  | { type: 'part_replaced'; device: string; component: string; ts: number }
  | { type: 'tick'; at: number }

/** Everything the rules remember of one device: plain data, bounded in size, kept in the journal. */
export interface DeviceState {
  device: Device
  // the rest is the engine's own
}

export interface Step {
  state: DeviceState
  findings: Finding[]
}

/** Pure: no clock, no I/O; the same state and input give the same step. */
export interface Engine {
  /**
   * @param state of the device that the input concerns; undefined for a device not seen before.
   */
  step(state: DeviceState | undefined, input: RuleInput): Step
  /** Whether a device of this kind has rules that wait for the passing of time. */
  needsTicks(kind: string): boolean
}
