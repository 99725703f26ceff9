import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  counterfactualDays,
  createInjectedFaults,
  type DeviceGroundTruth,
  type FleetGroundTruth,
  type PartGroundTruth,
} from '../contract/ground-truth.ts'
import { dayMs } from '../lib/time.ts'
import { buildAppliance } from './appliances/build-appliance.ts'
import type { PartSlotView } from './appliances/part-slot.ts'
import { type FleetConditions, usualConditions } from './conditions/fleet-conditions.ts'
import { measureInField } from './field/measure-in-field.ts'
import type { DeviceSpec } from './household.ts'
import { countInjectedFaults, simulateUplink, type UplinkMessage } from './uplink.ts'

export interface DeviceSimulation {
  readonly slots: readonly PartSlotView[]
  messages: Generator<UplinkMessage>
}

/** ms since 1970 UTC. */
export interface SimulationPeriod {
  from: number
  until: number
  conditions?: FleetConditions
}

/** Simulate everything that a device will ever send from `from` on; the same in every call. */
export function simulateDevice(
  seed: number,
  spec: DeviceSpec,
  from: number,
  conditions: FleetConditions = usualConditions,
): DeviceSimulation {
  const appliance = buildAppliance(seed, spec)
  const stream = `${seed}/${spec.id}`
  const isField = conditions.like === 'field'
  if (isField) for (const slot of appliance.slots) slot.enableSecondMode()
  const events = appliance.simulate(from)
  const measured = isField ? measureInField(events, spec, stream) : events
  return { slots: appliance.slots, messages: simulateUplink(measured, stream, conditions) }
}

/**
 * Compute the ground truth of a fleet that is simulated from `from` until `until`. The models run beyond the end, to
 * determine the future of the parts that the last alarms are about.
 */
export async function computeFleetGroundTruth(
  seed: number,
  specs: readonly DeviceSpec[],
  { from, until, conditions }: SimulationPeriod,
): Promise<FleetGroundTruth> {
  const horizon = until + counterfactualDays * dayMs
  const devices: DeviceGroundTruth[] = []
  for (const spec of specs) {
    const simulation = simulateDevice(seed, spec, from, conditions)
    devices.push(computeDeviceGroundTruth(simulation, spec, { until, horizon }))
    // Years of many devices take a while; the broker may run in this process.
    await nextTurn()
  }
  return { seed, from, until, horizon, devices }
}

function computeDeviceGroundTruth(
  { slots, messages }: DeviceSimulation,
  spec: DeviceSpec,
  { until, horizon }: { until: number; horizon: number },
): DeviceGroundTruth {
  const injected = createInjectedFaults()
  for (const message of messages) {
    if (message.at <= until) countInjectedFaults(injected, message)
    else if (message.at > horizon) break
  }
  const parts = slots.flatMap((slot) => slot.parts.filter((part) => (part.installedAt ?? 0) <= until))
  return {
    device: spec.id,
    kind: spec.kind,
    parts: parts.map((part) => censorGroundTruth(part, until)),
    injected,
  }
}

/** Remove what happened after the end: a score of this period cannot have seen it. */
function censorGroundTruth(part: PartGroundTruth, until: number): PartGroundTruth {
  const known = (at: number | null) => (at !== null && at > until ? null : at)
  const intervals = part.intervals
    .filter(({ from }) => (from ?? 0) <= until)
    .map((interval) => ({ ...interval, maintainedAt: known(interval.maintainedAt) }))
  return { ...part, replacedAt: known(part.replacedAt), intervals }
}
