import type { FleetModel } from '../../contract/fleet-model.ts'
import type { EvaluationContext } from '../detectors/detector.ts'
import type { DeviceState } from './engine.ts'
import { epochOf } from './epochs.ts'
import { describeLifetime, lifetimeStart } from './part.ts'

/** Return the context in which a rule of this component evaluates the device. */
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
