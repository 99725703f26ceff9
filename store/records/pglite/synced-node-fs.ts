import { fsyncSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

type InitOptions = Awaited<ReturnType<NodeFS['init']>>['emscriptenOpts']

/** File system of Emscripten over that of Node.js: part of the module that PGlite's types leave out. */
interface ModuleWithNodeFs {
  NODEFS: { stream_ops: { fsync?(stream: { nfd: number }): number } }
}

/**
 * File system of PGlite in a folder, with fsync. Emscripten's has none: a sync would report success and do nothing.
 * It is added before PostgreSQL starts, so that its recovery after a crash is synced, too.
 */
export class SyncedNodeFs extends NodeFS {
  override async init(...args: Parameters<NodeFS['init']>): Promise<{ emscriptenOpts: InitOptions }> {
    const { emscriptenOpts } = await super.init(...args)
    const addFsync = (module: ModuleWithNodeFs) => {
      module.NODEFS.stream_ops.fsync = ({ nfd }) => {
        fsyncSync(nfd)
        return 0
      }
    }
    const preRun = [...(emscriptenOpts.preRun ?? []), addFsync] as NonNullable<InitOptions['preRun']>
    return { emscriptenOpts: { ...emscriptenOpts, preRun } }
  }
}

/**
 * Start parameters with which PostgreSQL syncs its log after each commit, and its files at each checkpoint. PGlite turns that
 * off (`-F`). Of the ways to sync the log only `fsync` reaches the file system: Emscripten ignores `fdatasync`.
 */
export const syncedStartParams = [
  ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
  ...['-c', 'fsync=on', '-c', 'wal_sync_method=fsync'],
]

/** Number of files that are synced at once: the file system writes its own log once for several. */
const concurrentSyncs = 16

/** Sync all files of a folder, and the folders themselves. */
export async function syncFolder(dir: string): Promise<void> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name))
  paths.push(dir)
  for (let from = 0; from < paths.length; from += concurrentSyncs)
    await Promise.all(paths.slice(from, from + concurrentSyncs).map(syncPath))
}

/** Sync one file or folder. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
