import { access, cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { type Backup, backupSchema } from '../../api/schemas/backup.ts'
import { type ApiClient, apiIsReachable } from '../api-client.ts'
import { backupFolder } from '../backup/backup-service.ts'
import { readManifest, verifyBackup } from '../backup/manifest.ts'
import type { Settings } from '../settings/schema.ts'
import { CommandError, createOutput, type Output } from '../terminal/output.ts'
import { version } from '../version.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'
import { loadCommandSettings } from './common.ts'

const pollMs = 300

/** Add the command that backs up the embedded parts, of the running program or of a data folder that none uses. */
export function defineBackup(command: Command): void {
  command.argument('<dir>', 'folder to create').action(runBackup)
  withApiOptions(command, 'forewarn backup /mnt/backup/monday')
}

async function runBackup(dir: string, options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const target = resolve(dir)
  await assertNew(target)
  const { settings } = loadCommandSettings(options)
  const client = apiClientFor(options)
  const made = (await apiIsReachable(client))
    ? await requestBackup(client, output)
    : await backUpDataFolder(settings, output)
  await access(made).catch(() => {
    throw new CommandError(
      `the backup is in ${made} on the machine of the program, and cannot be reached from here: move it from there`,
    )
  })
  await moveFolder(made, target)
  output.note('verify')
  const manifest = await readManifest(target)
  await verifyBackup(target, manifest)
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
  output.line(`${target}: ${manifest.parts.join(', ')}; ${manifest.files.length} files, ${bytes} bytes`)
  if (manifest.external.length > 0) {
    const parts = manifest.external.join(', ')
    output.note(`not in it, because servers keep them: ${parts}. Back them up as docs/backup.md says`)
  }
  output.result({ folder: target, bytes, parts: manifest.parts, external: manifest.external })
}

async function assertNew(target: string): Promise<void> {
  const entries = await readdir(target).catch(() => [])
  if (entries.length > 0) throw new CommandError(`${target} is not empty: name a new folder`)
}

/** Let the running program make it, and show its steps. @returns its folder */
async function requestBackup(client: ApiClient, output: Output): Promise<string> {
  let backup: Backup = await client.post('/api/backups', {}, backupSchema)
  let shown = ''
  while (backup.state === 'running') {
    if (shown !== backup.step) output.note(backup.step)
    shown = backup.step
    await sleep(pollMs)
    backup = await client.get('/api/backups/latest', backupSchema)
  }
  if (backup.state === 'failed') throw new CommandError(`the backup failed: ${backup.error}`)
  return backup.folder
}

/** Open the stores of a data folder that no program uses, and copy them. @returns the folder of the copy */
async function backUpDataFolder(settings: Settings, output: Output): Promise<string> {
  const { Shutdown } = await import('../shutdown.ts')
  const { openStores } = await import('../wiring/open-stores.ts')
  const { createBackup } = await import('../backup/create-backup.ts')
  const onError = (error: unknown, where: string) => output.note(`${where}: ${String(error)}`)
  const opened = new Shutdown({ onError })
  try {
    const stores = await openStores({ settings, version, now: Date.now, onError }, opened)
    const folder = backupFolder(settings.dataDir, Date.now())
    await createBackup({ ...stores, folder, version, now: Date.now, onStep: (step) => output.note(step) })
    return folder
  } finally {
    await opened.run()
  }
}

/** Move a folder, across file systems as a copy. */
async function moveFolder(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    const temporary = join(dirname(to), `.${Date.now()}.forewarn-backup`)
    try {
      await cp(from, temporary, { recursive: true })
      await rename(temporary, to)
    } catch (failure) {
      await rm(temporary, { recursive: true, force: true })
      throw failure
    }
    await rm(from, { recursive: true })
  }
}
