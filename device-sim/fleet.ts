import { dayMs } from '../lib/time.ts'
import { usualConditions } from './conditions/fleet-conditions.ts'
import { computeFleetGroundTruth } from './device-simulation.ts'
import type { FleetOptions, FleetReport } from './fleet-options.ts'
import { FleetRun } from './fleet-run.ts'
import { readFleetState } from './fleet-state.ts'
import { writeGroundTruth } from './ground-truth-file.ts'
import { generateFleet } from './household.ts'

/**
 * Simulate a fleet over MQTT: start `days` before `until`, catch up as fast as messages are acknowledged, then
 * continue in real time or end. Resolves with the report, also within about a second after the signal aborts.
 *
 * @throws FleetStateError when the state file belongs to another fleet
 */
export async function runFleet(options: FleetOptions): Promise<FleetReport> {
  const until = Math.min(options.until ?? options.now(), options.now())
  const kept = options.stateFile ? await readFleetState(options.stateFile, options.seed) : undefined
  const from = kept?.from ?? until - options.days * dayMs
  const { conditions = usualConditions } = options
  const specs = generateFleet(options.seed, options.devices)
  if (options.truthFile) {
    await writeGroundTruth(
      options.truthFile,
      await computeFleetGroundTruth(options.seed, specs, { from, until, conditions }),
    )
  }
  return new FleetRun(options, { from, until, acknowledgedOffsets: kept?.acknowledgedOffsets ?? {} }).run(
    specs,
  )
}
