import { resolve } from 'node:path'
import type { Backup, Backups } from '../../api/schemas/backup.ts'
import { errorMessage } from '../../lib/error-message.ts'
import { type BackupSources, createBackup } from './create-backup.ts'

export interface BackupServiceOptions extends BackupSources {
  dataDir: string
  version: string
  now(): number
  onError(error: unknown): void
}

/** Folder of the backups in a data folder. */
const backupsFolder = 'backups'

/** Return the folder of a backup made at a time, below the data folder. */
export function backupFolder(dataDir: string, now: number): string {
  return resolve(dataDir, backupsFolder, new Date(now).toISOString().replaceAll(':', '-'))
}

/** Create the service that makes backups of the running program. */
export function createBackupService(options: BackupServiceOptions): Backups {
  let latest: Backup | undefined
  const run = async (backup: Backup) => {
    const { folder } = backup
    const onStep = (step: Backup['step']) => {
      backup.step = step
    }
    try {
      const { files, external } = await createBackup({ ...options, folder, onStep })
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
      Object.assign(backup, { state: 'done', bytes, external })
    } catch (error) {
      options.onError(error)
      Object.assign(backup, { state: 'failed', error: errorMessage(error) })
    }
  }
  return {
    start() {
      if (latest?.state === 'running') return undefined
      const folder = backupFolder(options.dataDir, options.now())
      latest = { state: 'running', step: 'records', folder, bytes: null, external: [], error: null }
      void run(latest)
      return latest
    },
    latest: () => latest,
  }
}
