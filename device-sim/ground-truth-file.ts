import { readFile, writeFile } from 'node:fs/promises'
import type { FleetGroundTruth } from '../contract/ground-truth.ts'

/** Write a fleet's ground truth as JSON. */
export async function writeGroundTruth(file: string, truth: FleetGroundTruth): Promise<void> {
  await writeFile(file, `${JSON.stringify(truth, null, 1)}\n`)
}

/** Read a file that `writeGroundTruth` wrote. */
export async function readGroundTruth(file: string): Promise<FleetGroundTruth> {
  return JSON.parse(await readFile(file, 'utf8'))
}
