import { existsSync } from 'node:fs'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scoreDatasets } from '../score.ts'
import type { ScoredDataset } from '../score-dataset.ts'

/** Folder of real records; they are not part of the repository. */
export const fieldDataFolder =
  process.env.FIELD_DATA_DIR ?? fileURLToPath(new URL('../../../../shared/field-data', import.meta.url))
export const hasFieldData = existsSync(join(fieldDataFolder, 'phone_battery/readings.csv'))
if (!hasFieldData)
  process.stderr.write(
    `\n*** NO FIELD DATA IN ${fieldDataFolder}: its score is skipped (FIELD_DATA_DIR) ***\n`,
  )

/** Score some of the sets: all together take long. */
export async function scoreFieldData(sets: readonly string[]): Promise<readonly ScoredDataset[]> {
  const data = await mkdtemp(join(tmpdir(), 'forewarn-score-'))
  try {
    for (const set of sets) await symlink(join(fieldDataFolder, set), join(data, set))
    return (await scoreDatasets({ data, usualOnly: true, onProgress: () => undefined })).prognosis
  } finally {
    await rm(data, { recursive: true })
  }
}

/** @throws TypeError where the set is not among them */
export function datasetNamed(scored: readonly ScoredDataset[], name: string): ScoredDataset {
  const set = scored.find((each) => each.dataset.name === name)
  if (set === undefined) throw new TypeError(`no ${name} was scored`)
  return set
}
