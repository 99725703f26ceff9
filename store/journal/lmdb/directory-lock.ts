import type { RootDatabase } from 'lmdb'
import { JournalLockedError } from '../journal.ts'

/**
 * Make this process the only one on the directory. LMDB keeps a table of readers, each backed by
 * a file lock that the operating system releases when the process dies; opening removes dead readers.
 * Claiming first and checking afterwards lets at most one of two simultaneous starts pass.
 * @throws JournalLockedError naming the holder
 */
export function acquireDirectoryLock(env: RootDatabase, dir: string): void {
  try {
    env.get('claim')
  } catch (cause) {
    // The same process id in another container: its file lock is held, and LMDB cannot tell the two apart.
    throw new JournalLockedError(dir, process.pid, { cause })
  }
  const holders = [...env.readerList().matchAll(/^\s*(\d+)\s+\S+\s+\S+$/gm)].map((line) => Number(line[1]))
  holders.splice(holders.indexOf(process.pid), 1)
  const [other] = holders
  if (other !== undefined) throw new JournalLockedError(dir, other)
}
