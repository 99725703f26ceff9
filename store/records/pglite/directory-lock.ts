import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExpectedError } from '../../../lib/expected-error.ts'

/** Another running process has locked the folder. Two processes on one PGlite database corrupt it. */
export class DirectoryInUseError extends ExpectedError {
  override readonly name = 'DirectoryInUseError'

  constructor(dir: string, pid: number) {
    super(`${dir} is in use by process ${pid}. Stop that process, or choose another data folder.`)
  }
}

export interface DirectoryLock {
  release(): Promise<void>
}

interface LockHolder {
  pid: number
  /** Start time of the process; distinguishes it from a later one with the same id. */
  started: string
  /** Device and inode of the folder: a copy of the folder has the file, but not its lock. Absent in older locks. */
  folder?: string
}

/** Distinguishes the attempts of one process. */
let attemptCount = 0

/**
 * Lock a folder for this process alone, by a file `lock` in it. The lock of a process that was killed does not
 * count, nor does one that was copied with its folder. It works among the processes of one machine (and one container),
 * not across machines.
 * @throws DirectoryInUseError
 */
export async function lockDirectory(dir: string): Promise<DirectoryLock> {
  const path = join(dir, 'lock')
  const candidatePath = `${path}.${process.pid}.${++attemptCount}`
  const folder = await readFolderIdentity(dir)
  const self: LockHolder = {
    pid: process.pid,
    started: await readProcessStartTime(process.pid),
    folder,
  }
  await writeFile(candidatePath, JSON.stringify(self))
  try {
    await acquireLock({ path, candidatePath, dir, folder })
  } finally {
    await rm(candidatePath, { force: true })
  }
  return { release: () => rm(path, { force: true }) }
}

interface LockAttempt {
  path: string
  /** Complete content of the lock, written first: linking the file shows others the whole lock or none. */
  candidatePath: string
  dir: string
  /** Identity of `dir`. */
  folder: string
}

/**
 * Replace the lock of a dead process. Only the holder of a second lock may do so, so that no process replaces a lock
 * that was taken after it looked. The second lock is taken in the same way: its holder may have been killed too.
 */
async function acquireLock(attempt: LockAttempt): Promise<void> {
  const { path, candidatePath, dir, folder } = attempt
  while (!(await tryLink(candidatePath, path))) {
    const holder = await readHolder(path)
    if (holder === undefined) continue
    const isCopy = holder.folder !== undefined && holder.folder !== folder
    if (!isCopy && (await isAlive(holder))) throw new DirectoryInUseError(dir, holder.pid)

    const replacementLockPath = `${path}.after-${holder.pid}-${holder.started}`
    await acquireLock({ ...attempt, path: replacementLockPath })
    try {
      const currentHolder = await readHolder(path)
      if (JSON.stringify(currentHolder) !== JSON.stringify(holder)) continue
      await link(candidatePath, `${candidatePath}.next`)
      await rename(`${candidatePath}.next`, path)
      return
    } finally {
      await rm(replacementLockPath)
    }
  }
}

async function readFolderIdentity(dir: string): Promise<string> {
  const { dev, ino } = await stat(dir, { bigint: true })
  return `${dev}:${ino}`
}

async function tryLink(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  const text = await readFile(path, 'utf8').catch(ignoreMissingFile)
  return text === undefined ? undefined : parseHolder(text)
}

/**
 * Return the lock, if complete. Locks appear whole; an incomplete one lost its content in a power failure, with its
 * holder.
 */
function parseHolder(text: string): LockHolder {
  try {
    return JSON.parse(text) as LockHolder
  } catch {
    return { pid: 0, started: 'never' }
  }
}

async function isAlive(holder: LockHolder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return (await readProcessStartTime(holder.pid)) === holder.started
}

/**
 * Return on Linux the time a process started, in clock ticks since boot (proc(5) stat, fields 22 and 3); elsewhere, and
 * for a zombie (dead, not yet reaped by its parent), nothing.
 */
async function readProcessStartTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(ignoreMissingFile)
  // The second field, the name in parentheses, may contain spaces.
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  return state === 'Z' ? '' : (fields[18] ?? '')
}

/** Reading /proc fails with ESRCH when the process ends meanwhile. */
function ignoreMissingFile(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error
  return undefined
}
