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
    await take({ path, own, dir })
  } finally {
    await rm(own, { force: true })
  }
  return { release: () => rm(path, { force: true }) }
}

interface Attempt {
  path: string
  /** What the lock is to be, already written: linking it shows others the lock whole or not at all. */
  own: string
  dir: string
}

/**
 * A dead process's lock is replaced by whoever holds the lock on replacing it, so that nobody replaces a lock that was
 * taken after he looked. That one is taken in the same way: its holder may have been killed too.
 */
async function take(attempt: Attempt): Promise<void> {
  const { path, own, dir } = attempt
  while (!(await linked(own, path))) {
    const holder = await read(path)
    if (holder === undefined) continue
    if (await alive(holder)) throw new DirectoryInUseError(dir, holder.pid)

    const replacing = `${path}.after-${holder.pid}-${holder.started}`
    await take({ ...attempt, path: replacing })
    try {
      const still = await read(path)
      if (still?.pid !== holder.pid || still.started !== holder.started) continue
      await link(own, `${own}.next`)
      await rename(`${own}.next`, path)
      return
    } finally {
      await rm(replacing)
    }
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
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
