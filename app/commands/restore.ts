import { resolve } from 'node:path'
import type { Command } from 'commander'
import { createOutput } from '../terminal/output.ts'
import { type CommonOptions, loadCommandSettings, withCommonOptions } from './common.ts'

interface RestoreOptions extends CommonOptions {
  quiet: boolean
}

/** Add the command that restores a backup to an empty data folder. */
export function defineRestore(command: Command): void {
  command
    .argument('<dir>', 'folder of the backup')
    .option('--quiet', 'do not send the notices of the time before the restore (again)', false)
    .action(runRestore)
  withCommonOptions(command, 'forewarn restore /mnt/backup/monday --quiet')
}

async function runRestore(dir: string, options: RestoreOptions): Promise<void> {
  const { restoreBackup } = await import('../backup/restore-backup.ts')
  const output = createOutput(options)
  const { quiet } = options
  const { settings } = loadCommandSettings(options)
  const [folder, dataDir] = [resolve(dir), resolve(settings.dataDir)]
  const onFile = (path: string, bytes: number) => output.note(`verified ${path}, ${bytes} bytes`)
  const { parts, external, createdAt } = await restoreBackup({ folder, dataDir, quiet, onFile })
  output.line(`${dataDir} has ${parts.join(', ')} as of ${createdAt}; start it with \`forewarn up\``)
  if (external.length > 0)
    output.note(`servers keep ${external.join(', ')}: restore them as docs/backup.md says, before the start`)
  output.result({ dataDir, parts, external, createdAt, quiet })
}
