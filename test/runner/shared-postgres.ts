import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { findExecutable } from '../support/executables.ts'
import { startPostgres } from '../support/postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the servers that test files share. */
    sharedServers: string
  }
}

const urlFile = 'url'

/** Vitest's global setup. @returns a function that stops the servers the workers have started */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-shared-'))
  await chmod(folder, 0o755) // PostgreSQL runs as another user.
  project.provide('sharedServers', folder)
  return async () => {
    for (const worker of await readdir(folder))
      await stopServer(join(folder, worker, 'data', 'postmaster.pid'))
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Create an empty database on the PostgreSQL server of this worker, which starts with the first call and serves all its
 * test files. Workers do not share a server: an open transaction in one database delays desk events in all others
 * (`pg_snapshot_xmin`). Tests that stop, pause or fill a server start their own.
 * @returns its URL
 */
export async function createDatabase(): Promise<string> {
  const url = await serverOfWorker()
  const name = `test_${process.pid}_${++databases}`
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query(`create database ${name}`)
  } finally {
    await client.end()
  }
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}

let databases = 0

async function serverOfWorker(): Promise<string> {
  const folder = join(inject('sharedServers'), process.env.VITEST_POOL_ID ?? '1')
  // Started by an earlier worker process with the same pool id.
  if (existsSync(join(folder, urlFile))) return readFile(join(folder, urlFile), 'utf8')
  await mkdir(folder)
  const { url } = await startPostgres(findExecutable('postgres') ?? '', folder)
  await writeFile(join(folder, urlFile), url)
  return url
}

async function stopServer(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return
  const pid = Number.parseInt(await readFile(pidFile, 'utf8'), 10)
  process.kill(pid, 'SIGINT') // Fast shutdown: does not wait for clients.
  while (existsSync(pidFile)) await sleep(20)
}
