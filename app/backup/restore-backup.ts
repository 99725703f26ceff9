import { cp, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExpectedError } from '../../lib/expected-error.ts'
import { journalFormat } from '../../store/journal/journal.ts'
import { seriesFormat } from '../../store/series/series.ts'
import {
  BackupInvalidError,
  type BackupManifest,
  manifestName,
  readManifest,
  verifyBackup,
} from './manifest.ts'
import { quietMarkerName } from './quiet-restore.ts'

/** Folder in the data folder that a restore copies to, until it has everything. */
const unfinishedName = 'restoring'

/** The data folder has files: a restore never replaces data. */
class DataFolderNotEmptyError extends ExpectedError {
  override readonly name = 'DataFolderNotEmptyError'
}

export interface RestoreOptions {
  /** Folder of the backup. */
  folder: string
  dataDir: string
  /** Whether notices of the time before the restore are not sent again. */
  quiet: boolean
  onFile(path: string, bytes: number): void
}

/**
 * Verify a backup and copy it to an empty or new data folder.
 * @returns the manifest
 * @throws BackupInvalidError, DataFolderNotEmptyError; nothing was changed
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupManifest> {
  const { folder, dataDir, quiet, onFile } = options
  await assertEmpty(dataDir)
  const manifest = await readManifest(folder)
  assertKnownFormats(folder, manifest)
  await verifyBackup(folder, manifest, onFile)
  // Within the data folder, which may be a mount point and cannot be replaced then. Moved at the end: an interrupted copy
  // leaves no data folder that looks whole.
  const unfinishedDir = join(dataDir, unfinishedName)
  await rm(unfinishedDir, { recursive: true, force: true })
  await mkdir(dataDir, { recursive: true })
  // With empty folders, which a database may need.
  await cp(folder, unfinishedDir, { recursive: true })
  await rm(join(unfinishedDir, manifestName))
  if (quiet) await writeFile(join(unfinishedDir, quietMarkerName), `${manifest.createdAt}\n`)
  for (const name of await readdir(unfinishedDir))
    await rename(join(unfinishedDir, name), join(dataDir, name))
  await rmdir(unfinishedDir)
  return manifest
}

async function assertEmpty(dataDir: string): Promise<void> {
  const entries = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (entries.every((name) => name === unfinishedName)) return
  throw new DataFolderNotEmptyError(
    `${dataDir} is not empty: a restore replaces nothing. Move it away, or set another folder (dataDir, FOREWARN_DATA_DIR)`,
  )
}

function assertKnownFormats(folder: string, manifest: BackupManifest): void {
  if (manifest.journalFormat <= journalFormat && manifest.seriesFormat <= seriesFormat) return
  throw new BackupInvalidError(
    `${folder} was made by a newer Forewarn (${manifest.version}): restore it with that version or a newer one`,
  )
}
