import { buildAppliance } from '../../device-sim/appliances/build-appliance.ts'
import { simulateDevice } from '../../device-sim/device-simulation.ts'
import type { DeviceSpec } from '../../device-sim/household.ts'
import type { UplinkMessage } from '../../device-sim/uplink.ts'
import { dayMs } from '../../lib/time.ts'

export interface SimulationOptions {
  seed: number
  /** Where simulated time begins, ms since 1970 UTC. */
  from: number
}

/**
 * All that a device of the simulated fleet will ever send: its parts wear, fail and are replaced for as long as it is
 * asked; with duplicates, backlogs, broken sensors and wrong clocks.
 */
export function faultyMessages(
  spec: DeviceSpec,
  { seed, from }: SimulationOptions,
): Generator<UplinkMessage> {
  return simulateDevice(seed, spec, from).messages
}

/**
 * What the device measures, each reading once and in order, so that all of them are stored and can be looked for.
 * @param shownAt the time that a device says for what happens at a simulated time
 */
export function* faultFreeMessages(
  spec: DeviceSpec,
  { seed, from }: SimulationOptions,
  shownAt: (simulated: number) => number,
): Generator<UplinkMessage> {
  let seq = 0
  let last = 0
  for (const happening of buildAppliance(seed, spec).simulate(from)) {
    const at = happening.ts
    const ts = Math.max(last + 1, Math.round(shownAt(at)))
    last = ts
    if (happening.type === 'firmware') continue
    if (happening.type === 'part_replaced') {
      yield { at, type: 'event', ts, component: happening.component }
      continue
    }
    const readings = [{ ts, values: happening.values, boot: 1, seq: seq++ }]
    yield { at, type: 'telemetry', readings, transportFault: 'none', readingFaults: [] }
  }
}

const sampleDays = 120

/** Readings that these devices send together in a simulated day, on average. */
export function estimateReadingsPerDay(specs: readonly DeviceSpec[], options: SimulationOptions): number {
  const until = options.from + sampleDays * dayMs
  let readings = 0
  for (const spec of specs) {
    for (const message of faultyMessages(spec, options)) {
      if (message.at > until) break
      if (message.type === 'telemetry') readings += message.readings.length
    }
  }
  return readings / sampleDays
}
