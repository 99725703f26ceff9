import { buildAppliance } from '../../device-sim/appliances/build.ts'
import { deviceScript } from '../../device-sim/device-script.ts'
import type { DeviceSpec } from '../../device-sim/household.ts'
import type { Uplink } from '../../device-sim/uplink.ts'
import { dayMs } from '../../lib/time.ts'

export interface ScriptOptions {
  seed: number
  /** Where simulated time begins, ms since 1970 UTC. */
  from: number
}

/**
 * All that a device of the simulated fleet will ever send: its parts wear, fail and are replaced for as long as it is
 * asked; with duplicates, backlogs, broken sensors and wrong clocks.
 */
export function troubledMessages(spec: DeviceSpec, { seed, from }: ScriptOptions): Generator<Uplink> {
  return deviceScript(seed, spec, from).messages
}

/**
 * What the device measures, each reading once and in order, so that all of them are stored and can be looked for.
 * @param shownAt the time that a device says for what happens at a simulated time
 */
export function* plainMessages(
  spec: DeviceSpec,
  { seed, from }: ScriptOptions,
  shownAt: (simulated: number) => number,
): Generator<Uplink> {
  let seq = 0
  let last = 0
  for (const happening of buildAppliance(seed, spec).live(from)) {
    const at = happening.ts
    const ts = Math.max(last + 1, Math.round(shownAt(at)))
    last = ts
    if (happening.type === 'part_replaced') {
      yield { at, type: 'event', ts, component: happening.component }
      continue
    }
    const readings = [{ ts, values: happening.values, boot: 1, seq: seq++ }]
    yield { at, type: 'telemetry', readings, fault: 'none', troubles: [] }
  }
}

const sampleDays = 120

/** Readings that these devices send together in a simulated day, on average. */
export function readingsPerDay(specs: readonly DeviceSpec[], options: ScriptOptions): number {
  const until = options.from + sampleDays * dayMs
  let readings = 0
  for (const spec of specs) {
    for (const message of troubledMessages(spec, options)) {
      if (message.at > until) break
      if (message.type === 'telemetry') readings += message.readings.length
    }
  }
  return readings / sampleDays
}
