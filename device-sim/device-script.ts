import { setImmediate as nextTurn } from 'node:timers/promises'
import { careDays, type DeviceTruth, type FleetTruth, type Life, noFaults } from '../contract/truth.ts'
import { dayMs } from '../lib/time.ts'
import { buildAppliance } from './appliances/build.ts'
import type { Slot } from './appliances/part-slot.ts'
import type { DeviceSpec } from './household.ts'
import { countFault, type Uplink, uplinks } from './uplink.ts'

export interface DeviceScript {
  readonly slots: readonly Slot[]
  messages: Generator<Uplink>
}

/** All that a device will ever send from `from` on: the same whenever it is asked. */
export function deviceScript(seed: number, spec: DeviceSpec, from: number): DeviceScript {
  const appliance = buildAppliance(seed, spec)
  return { slots: appliance.slots, messages: uplinks(appliance.live(from), `${seed}/${spec.id}`) }
}

/**
 * The truth of a fleet that is simulated from `from` until `until`. The models run on beyond the end, to learn what
 * would have become of the parts that were warned of last.
 */
export async function fleetTruth(
  seed: number,
  specs: readonly DeviceSpec[],
  { from, until }: { from: number; until: number },
): Promise<FleetTruth> {
  const horizon = until + careDays * dayMs
  const devices: DeviceTruth[] = []
  for (const spec of specs) {
    devices.push(deviceTruth(deviceScript(seed, spec, from), spec, { until, horizon }))
    // Years of many devices take a while; the broker may live in this process.
    await nextTurn()
  }
  return { seed, from, until, horizon, devices }
}

function deviceTruth(
  { slots, messages }: DeviceScript,
  spec: DeviceSpec,
  { until, horizon }: { until: number; horizon: number },
): DeviceTruth {
  const injected = noFaults()
  for (const message of messages) {
    if (message.at <= until) countFault(injected, message)
    else if (message.at > horizon) break
  }
  const lives = slots.flatMap((slot) => slot.lives.filter((life) => (life.builtInAt ?? 0) <= until))
  return { device: spec.id, kind: spec.kind, lives: lives.map((life) => asOf(life, until)), injected }
}

/** What was done after the end is left out: who looks at the truth cannot have seen it. */
function asOf(life: Life, until: number): Life {
  const known = (at: number | null) => (at !== null && at > until ? null : at)
  const spans = life.spans
    .filter(({ from }) => (from ?? 0) <= until)
    .map((span) => ({ ...span, tendedAt: known(span.tendedAt) }))
  return { ...life, replacedAt: known(life.replacedAt), spans }
}
