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
  epoch: Pick<Epoch, 'number' | 'services'>,
  since: number | undefined,
): Omit<Lifetime, 'points'> {
  return {
    partId: partId(device, epoch),
    cohort: device.model === undefined ? {} : { model: device.model },
    ...(since === undefined ? {} : { startedAt: since }),
  }
}

/** Return the identity of a part: its device, and which one of it this is. */
export function partId({ id }: Device, { number, services = 0 }: Pick<Epoch, 'number' | 'services'>): string {
  return `${id}/${number}${services === 0 ? '' : `.${services}`}`
}

/** Return the device of a part, by the `partId` of its lifetime. */
export function deviceOfPart(partId: string): string {
  return partId.slice(0, partId.lastIndexOf('/'))
}

const initialEpoch: Epoch = { number: 0, since: Number.NEGATIVE_INFINITY }

/** Return the current epoch of a component. */
export function epochOf(state: DeviceState, component: string): Epoch {
  return state.epochs[component] ?? initialEpoch
}

/** Context in which a rule of a component evaluates a device. */
export class DeviceContext implements EvaluationContext {
  readonly device: Device
  readonly fleetModel: FleetModel
  readonly lastSeenAt?: number
  readonly heardIntervalsMs?: readonly number[]
  readonly installedAt?: number
  readonly #epoch: Epoch

  constructor(
    { device, lastSeenAt, heardIntervalsMs, epochs }: DeviceState,
    component: string,
    fleetModel: FleetModel,
  ) {
    const epoch = epochs[component]
    this.device = device
    this.fleetModel = fleetModel
    if (lastSeenAt !== undefined) this.lastSeenAt = lastSeenAt
    if (heardIntervalsMs !== undefined) this.heardIntervalsMs = heardIntervalsMs
    if (epoch !== undefined) this.installedAt = epoch.since
    this.#epoch = epoch ?? initialEpoch
  }

  get part(): EvaluationContext['part'] {
    return describeLifetime(this.device, this.#epoch, lifetimeStart(this.device, this.#epoch))
  }
}
