// The package's entry `forewarn/plugin`: everything here is public, see docs/plugins.md.
import type { AnyChannel } from '../../notices/channels/channel.ts'
import type { Detector } from '../../rules/detectors/detector.ts'

export { z } from 'zod'
export type { Device } from '../../contract/device.ts'
export type { CrossingForecast, Evidence } from '../../contract/finding.ts'
export type { FleetModel } from '../../contract/fleet-model.ts'
export type { Lifetime, Point } from '../../contract/lifetime.ts'
export {
  type AnyChannel,
  type Channel,
  ChannelError,
  type ContactChannel,
  type DeliveryResult,
  defineContactChannel,
} from '../../notices/channels/channel.ts'
export type { Notice } from '../../notices/notice.ts'
export {
  addToBucketedSeries,
  type BucketedSeries,
  bucketedPoints,
  createBucketedSeries,
} from '../../rules/detectors/bucketed-series.ts'
export type {
  Assessment,
  ConfigContext,
  Detector,
  EvaluationContext,
  Evaluator,
  Sample,
  StricterSettings,
  StricterValues,
  TickEvaluation,
} from '../../rules/detectors/detector.ts'
export {
  createLimit,
  hasOneLimit,
  type Limit,
  limitKeys,
  oneLimitMessage,
  validateLimit,
  validateMetric,
} from '../../rules/detectors/limit.ts'
export { higherConfidence, scaledBy, shiftedDown, shiftedUp } from '../../rules/detectors/stricter-values.ts'
export { durationSchema } from '../../rules/files/duration.ts'
export type { Kind } from '../../rules/files/kinds.ts'
export type { ConfigProblem } from '../../rules/files/rule-file-problem.ts'

export interface ChannelContext {
  /** Present time, ms since 1970 UTC. */
  now(): number
}

/** Creates a notice channel once, when the program starts. */
export interface ChannelFactory {
  /** Unique name, also of the channel that `create` returns. */
  name: string
  /** Notices per second that one process sends by it; further ones wait. Default: 10. */
  maxRate?: number
  /** @throws Error with a message for the operator when the channel is not set up completely */
  create(context: ChannelContext): AnyChannel
}

/** Default export of a plugin module. */
export interface Plugin {
  /** Rules may name them below `detect:`, also within `all` and `any`. */
  detectors?: readonly Detector[]
  /** They get every notice: a `Channel` once, a `ContactChannel` for each contact that its user has on it. */
  channels?: readonly ChannelFactory[]
}

/** Return a detector unchanged; TypeScript infers the type of its configuration from the schema. */
export function defineDetector<C>(detector: Detector<C>): Detector<C> {
  return detector
}

/** Return a plugin unchanged, with its type checked. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin
}
