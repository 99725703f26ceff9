import { join } from 'node:path'
import type { Selectable } from 'kysely'
import type { Forewarn } from '../../app/wiring/forewarn.ts'
import type { Finding } from '../../contract/finding.ts'
import type { FleetGroundTruth } from '../../contract/ground-truth.ts'
import { readGroundTruth } from '../../device-sim/ground-truth-file.ts'
import type { DevicesTable } from '../../store/records/schema.ts'

/** Input of the service phase: the findings of the fleet run, its devices, and its ground truth. */
export interface FleetRunResult {
  findings: readonly Finding[]
  devices: readonly Selectable<DevicesTable>[]
  truth: FleetGroundTruth
}

/** Collect it from a program that has run a demo, and from its folder. */
export async function collectFleetRunResult(forewarn: Forewarn, dataDir: string): Promise<FleetRunResult> {
  return {
    findings: await forewarn.findings(),
    devices: await forewarn.records.selectFrom('devices').selectAll().orderBy('id').execute(),
    truth: await readGroundTruth(join(dataDir, 'truth.json')),
  }
}
