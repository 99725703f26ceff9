import type { Device } from '../../contract/device.ts'
import type { FleetModel } from '../../contract/fleet-model.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import type { EvaluationContext } from '../detectors/detector.ts'
import type { DeviceState, Epoch } from './engine.ts'

/** Return the start of a part's lifetime, ms: its replacement, or first use of the device; undefined when unknown. */
export function lifetimeStart(
  { inUseSince }: Device,
  { number, since, services = 0 }: Epoch,
): number | undefined {
  return number === 0 && services === 0 ? inUseSince : since
}

/** Return the lifetime of a part without its series. */
export function describeLifetime(
  device: Device,
  { number, services = 0 }: Pick<Epoch, 'number' | 'services'>,
  since: number | undefined,
): Omit<Lifetime, 'points'> {
  return {
    partId: `${device.id}/${number}${services === 0 ? '' : `.${services}`}`,
    cohort: device.model === undefined ? {} : { model: device.model },
    ...(since === undefined ? {} : { startedAt: since }),
  }
}

const initialEpoch: Epoch = { number: 0, since: Number.NEGATIVE_INFINITY }

/** Return the current epoch of a component. */
export function epochOf(state: DeviceState, component: string): Epoch {
  return state.epochs[component] ?? initialEpoch
}

/** Return the context in which a rule of this component evaluates the device. */
export function evaluationContextOf(
  state: DeviceState,
  component: string,
  fleetModel: FleetModel,
): EvaluationContext {
  const { device, lastSeenAt, heardIntervalsMs, epochs } = state
  const installedAt = epochs[component]?.since
  const epoch = epochOf(state, component)
  return {
    device,
    part: describeLifetime(device, epoch, lifetimeStart(device, epoch)),
    fleetModel,
    ...(installedAt === undefined ? {} : { installedAt }),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
    ...(heardIntervalsMs === undefined ? {} : { heardIntervalsMs }),
  }
}
