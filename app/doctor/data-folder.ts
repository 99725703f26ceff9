import { mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorMessage } from '../../lib/error-message.ts'
import { type DoctorCheck, errorCode, fail, ok, warn } from './check.ts'

const NAME = 'data folder'

/** Check that files can be created in the folder, or where it would be created, and that the journal has room to grow. */
export async function checkDataFolder(dataDir: string, journalMaxBytes: number): Promise<DoctorCheck> {
  const folder = await nearestExisting(dataDir)
  try {
    await rm(await mkdtemp(join(folder, '.forewarn-doctor-')), { recursive: true })
  } catch (error) {
    const remedy = `give the user that runs Forewarn the right to write in ${folder}, or set dataDir (FOREWARN_DATA_DIR)`
    return fail(NAME, `${folder} cannot be written to: ${errorMessage(error)}`, remedy)
  }
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free < journalMaxBytes) {
    const detail = `${formatGib(free)} are free for ${dataDir}, but the journal may grow to ${formatGib(journalMaxBytes)}`
    return warn(NAME, detail, 'make room on the disk, or lower journal.maxBytes (FOREWARN_JOURNAL_MAX_BYTES)')
  }
  return ok(
    NAME,
    `${dataDir} ${folder === dataDir ? 'is writable' : 'will be made'}, ${formatGib(free)} are free`,
  )
}

/** Return the time of the last write directly in the folder, ms since 1970; undefined without folder or files. */
export async function newestFileTime(folder: string): Promise<number | undefined> {
  if ((await nearestExisting(folder)) !== folder) return undefined
  const names = await readdir(folder)
  const times = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).mtimeMs))
  return times.length === 0 ? undefined : Math.max(...times)
}

async function nearestExisting(folder: string): Promise<string> {
  try {
    await stat(folder)
    return folder
  } catch (error) {
    const code = errorCode(error)
    // ENOTDIR: a parent is a file.
    if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(folder) === folder) throw error
    return nearestExisting(dirname(folder))
  }
}

const formatGib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`
