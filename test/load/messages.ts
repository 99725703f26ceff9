import { buildAppliance } from '../../device-sim/appliances/build.ts'
import { dayMs } from '../../device-sim/calendar.ts'
import { deviceScript } from '../../device-sim/device-script.ts'
import type { DeviceSpec } from '../../device-sim/household.ts'
import type { Uplink } from '../../device-sim/uplink.ts'

/**
 * `plain`: each reading once, in order, as it was measured, so that all of them are stored and can be looked for.
 * `troubled`: with the duplicates, backlogs, broken sensors and wrong clocks of the simulated fleet.
 */
export type Uplinks = 'plain' | 'troubled'

export interface ScriptOptions {
  seed: number
  uplinks: Uplinks
  /** Where simulated time begins, ms since 1970 UTC. */
  from: number
}

/** All that a device will ever send: its parts wear, fail and are replaced for as long as it is asked. */
export function messagesOf(spec: DeviceSpec, { seed, uplinks, from }: ScriptOptions): Generator<Uplink> {
  return uplinks === 'troubled'
    ? deviceScript(seed, spec, from).messages
    : plainMessages(spec, { seed, from })
}

function* plainMessages(spec: DeviceSpec, { seed, from }: Omit<ScriptOptions, 'uplinks'>): Generator<Uplink> {
  let seq = 0
  for (const happening of buildAppliance(seed, spec).live(from)) {
    const { ts } = happening
    if (happening.type === 'part_replaced') {
      yield { at: ts, type: 'event', ts, component: happening.component }
      continue
    }
    const readings = [{ ts, values: happening.values, boot: 1, seq: seq++ }]
    yield { at: ts, type: 'telemetry', readings, fault: 'none', troubles: [] }
  }
}

const sampleDays = 120

/** Readings that these devices send together in a simulated day, on average. */
export function readingsPerDay(specs: readonly DeviceSpec[], options: ScriptOptions): number {
  const until = options.from + sampleDays * dayMs
  let readings = 0
  for (const spec of specs) {
    for (const message of messagesOf(spec, options)) {
      if (message.at > until) break
      if (message.type === 'telemetry') readings += message.readings.length
    }
  }
  return readings / sampleDays
}
