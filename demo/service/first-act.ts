import { join } from 'node:path'
import type { Selectable } from 'kysely'
import type { Forewarn } from '../../app/wiring.ts'
import type { Finding } from '../../contract/finding.ts'
import { type FleetTruth, readTruth } from '../../contract/truth.ts'
import type { DevicesTable } from '../../store/records/schema.ts'

/** What the fleet's own days leave for those of the service: what was found, of which devices, and what was true. */
export interface FirstAct {
  findings: readonly Finding[]
  devices: readonly Selectable<DevicesTable>[]
  truth: FleetTruth
}

/** Takes it from a program that has played a demo, and from the folder of it. */
export async function firstActOf(forewarn: Forewarn, dataDir: string): Promise<FirstAct> {
  return {
    findings: await forewarn.findings(),
    devices: await forewarn.records.selectFrom('devices').selectAll().orderBy('id').execute(),
    truth: await readTruth(join(dataDir, 'truth.json')),
  }
}
