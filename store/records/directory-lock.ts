import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Another living process has the folder. Two processes on one PGlite database corrupt it. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError'

  constructor(dir: string, pid: number) {
    super(`${dir} is in use by process ${pid}. Stop that process, or choose another data folder.`)
  }
}

export interface DirectoryLock {
  release(): Promise<void>
}

interface Holder {
  pid: number
  /** Tells a process from a later one with the same id. */
  started: string
}

/** Keeps the attempts of one process apart. */
let attempts = 0

/**
 * Takes a folder for this process alone, by a file `lock` in it. The lock of a process that was killed does not
 * count. It holds among the processes of one machine (and one container), not across machines.
 * @throws DirectoryInUseError
 */
export async function lockDirectory(dir: string): Promise<DirectoryLock> {
  const path = join(dir, 'lock')
  const own = `${path}.${process.pid}.${++attempts}`
  const self: Holder = { pid: process.pid, started: await startOf(process.pid) }
  await writeFile(own, JSON.stringify(self))
  try {
    while (!(await linked(own, path))) await removeStale({ path, dir, aside: `${own}.stale` })
  } finally {
    await rm(own, { force: true })
  }
  return { release: () => rm(path, { force: true }) }
}

/** Linking a file that is already written shows others the lock whole or not at all. */
async function linked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
}

async function removeStale({
  path,
  dir,
  aside,
}: {
  path: string
  dir: string
  aside: string
}): Promise<void> {
  const holder = await read(path)
  if (holder === undefined) return
  if (await alive(holder)) throw new DirectoryInUseError(dir, holder.pid)
  await rename(path, aside).catch(unlessMissing)
  // Somebody else may have removed the stale lock and taken a new one between our look and our rename.
  const moved = await read(aside)
  if (moved !== undefined && (await alive(moved))) {
    await linked(aside, path)
    await rm(aside)
    throw new DirectoryInUseError(dir, moved.pid)
  }
  await rm(aside, { force: true })
}

async function read(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(unlessMissing)
  return text === undefined ? undefined : holderOf(text)
}

/** A lock appears whole; one that is not has lost its content with the power, and its holder with it. */
function holderOf(text: string): Holder {
  try {
    return JSON.parse(text) as Holder
  } catch {
    return { pid: 0, started: 'never' }
  }
}

async function alive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return (await startOf(holder.pid)) === holder.started
}

/**
 * On Linux the time a process started, in clock ticks since boot (proc(5) stat, fields 22 and 3); elsewhere, and of a
 * process that is dead but not yet buried by its parent, nothing.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(unlessMissing)
  // The second field, the name in brackets, may hold spaces.
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  return state === 'Z' ? '' : (fields[18] ?? '')
}

/** ESRCH is what reading /proc gives when the process ends meanwhile. */
function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error
  return undefined
}
