import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, readFile, rename, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { ExpectedError } from '../../lib/expected-error.ts'

/** Name of the manifest in the folder of a backup; it is written last, so a folder without it is no backup. */
export const manifestName = 'manifest.json'

/** Format of backups; incremented with each change that an older program cannot read. */
const backupFormat = 1

const manifestSchema = z.object({
  format: z.number(),
  /** Version of the program, and formats of the parts. */
  version: z.string(),
  journalFormat: z.number(),
  seriesFormat: z.number(),
  createdAt: z.iso.datetime(),
  /** Parts that are in the backup, and those that are kept elsewhere and need a backup of their own. */
  parts: z.array(z.string()),
  external: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
})

export type BackupManifest = z.output<typeof manifestSchema>

/** A folder is no backup, or a backup that is not whole. */
export class BackupInvalidError extends ExpectedError {
  override readonly name = 'BackupInvalidError'
}

/** Hash all files of a folder and write the manifest. @returns the manifest */
export async function writeManifest(
  folder: string,
  about: Omit<BackupManifest, 'format' | 'files'>,
): Promise<BackupManifest> {
  const files = []
  for (const path of await listFiles(folder)) {
    const { size: bytes } = await stat(join(folder, path))
    files.push({ path, bytes, sha256: await hashFile(join(folder, path)) })
  }
  const manifest = { format: backupFormat, ...about, files }
  const temporary = join(folder, `${manifestName}.new`)
  const file = await open(temporary, 'w')
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, join(folder, manifestName))
  return manifest
}

/** Read the manifest. @throws BackupInvalidError when it is missing or of a newer format */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch((cause: unknown) => {
    throw new BackupInvalidError(`${folder} is no backup: it has no ${manifestName}`, { cause })
  })
  const parsed = manifestSchema.safeParse(parseJson(text))
  if (!parsed.success) throw new BackupInvalidError(`${folder} is no backup: its ${manifestName} is damaged`)
  if (parsed.data.format > backupFormat) {
    throw new BackupInvalidError(
      `${folder} was made by a newer Forewarn (format ${parsed.data.format}, this version knows ${backupFormat}): use that version or a newer one`,
    )
  }
  return parsed.data
}

/**
 * Check that a folder has exactly the files of its manifest, with their sizes and hashes.
 * @throws BackupInvalidError with the first file that differs
 */
export async function verifyBackup(
  folder: string,
  { files }: BackupManifest,
  onFile: (path: string, bytes: number) => void = () => undefined,
): Promise<void> {
  const listed = new Set(files.map(({ path }) => path))
  const extra = (await listFiles(folder)).find((path) => path !== manifestName && !listed.has(path))
  if (extra !== undefined) throw new BackupInvalidError(`${join(folder, extra)} is not in the manifest`)
  for (const { path, bytes, sha256 } of files) {
    const place = join(folder, path)
    const found = await stat(place).catch(() => undefined)
    if (found === undefined) throw new BackupInvalidError(`${place} is missing`)
    if (found.size !== bytes)
      throw new BackupInvalidError(`${place} has ${found.size} bytes, and the manifest says ${bytes}`)
    if ((await hashFile(place)) !== sha256)
      throw new BackupInvalidError(`${place} was changed or damaged after the backup: its hash differs`)
    onFile(path, bytes)
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort()
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The schema rejects it.
    return undefined
  }
}
