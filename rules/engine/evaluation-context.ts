import type { FleetModel } from '../../contract/fleet-model.ts'
import type { EvaluationContext } from '../detectors/detector.ts'
import type { DeviceState } from './engine.ts'
import { epochOf } from './epochs.ts'
import { describeLifetime, lifetimeStart } from './part.ts'

/** What a detector is told of the device, for a rule that watches this component. */
export function evaluationContextOf(
  state: DeviceState,
  component: string,
  fleetModel: FleetModel,
): EvaluationContext {
  const { device, lastSeenAt, epochs } = state
  const installedAt = epochs[component]?.since
  const epoch = epochOf(state, component)
  return {
    device,
    part: describeLifetime(device, epoch.number, lifetimeStart(device, epoch)),
    fleetModel,
    ...(installedAt === undefined ? {} : { installedAt }),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
  }
}
