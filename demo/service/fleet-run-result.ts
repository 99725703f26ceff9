import { join } from 'node:path'
import type { Selectable } from 'kysely'
import type { Forewarn } from '../../app/wiring/start-forewarn.ts'
import type { Finding } from '../../contract/finding.ts'
import type { FleetGroundTruth } from '../../contract/ground-truth.ts'
import { readGroundTruth } from '../../device-sim/ground-truth-file.ts'
import type { DevicesTable } from '../../store/records/schema.ts'

/** What the fleet's own days leave for those of the service: what was found, of which devices, and what was true. */
export interface FleetRunResult {
  findings: readonly Finding[]
  devices: readonly Selectable<DevicesTable>[]
  truth: FleetGroundTruth
}

/** Takes it from a program that has played a demo, and from the folder of it. */
export async function collectFleetRunResult(forewarn: Forewarn, dataDir: string): Promise<FleetRunResult> {
  return {
    findings: await forewarn.findings(),
    devices: await forewarn.records.selectFrom('devices').selectAll().orderBy('id').execute(),
    truth: await readGroundTruth(join(dataDir, 'truth.json')),
  }
}
