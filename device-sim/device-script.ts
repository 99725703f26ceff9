import { setImmediate as nextTurn } from 'node:timers/promises'
import { buildAppliance } from './appliances/build.ts'
import type { Slot } from './appliances/part-slot.ts'
import { dayMs } from './calendar.ts'
import type { DeviceSpec } from './household.ts'
import type { DeviceTruth, FleetTruth, Life } from './truth.ts'
import { countFault, noFaults, type Uplink, uplinks } from './uplink.ts'

/** How far beyond the end the models run on to learn when the parts will cross their limits. */
const horizonDays = 730

export interface DeviceScript {
  readonly slots: readonly Slot[]
  messages: Generator<Uplink>
}

/** All that a device will ever send from `from` on: the same whenever it is asked. */
export function deviceScript(seed: number, spec: DeviceSpec, from: number): DeviceScript {
  const appliance = buildAppliance(seed, spec)
  return { slots: appliance.slots, messages: uplinks(appliance.live(from), `${seed}/${spec.id}`) }
}

/** The truth of a fleet that is simulated from `from` until `until`, found by running its models ahead. */
export async function fleetTruth(
  seed: number,
  specs: readonly DeviceSpec[],
  { from, until }: { from: number; until: number },
): Promise<FleetTruth> {
  const horizon = until + horizonDays * dayMs
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
    else if (message.at > horizon || slots.every(isSettled)) break
  }
  const lives = slots.flatMap((slot) => slot.lives.filter((life) => (life.builtInAt ?? 0) <= until))
  return { device: spec.id, kind: spec.kind, lives: lives.map((life) => asOf(life, until)), injected }
}

/** Replacements after the end are left out: who looks at the truth cannot have seen them. */
function asOf(life: Life, until: number): Life {
  return { ...life, replacedAt: life.replacedAt !== null && life.replacedAt > until ? null : life.replacedAt }
}

/** The part that sits there now has crossed its limit: nothing more is to be learned of it. */
function isSettled(slot: Slot): boolean {
  return slot.lives.at(-1)?.crossedAt !== null
}
