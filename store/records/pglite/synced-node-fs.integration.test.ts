import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { expect, it, onTestFinished } from 'vitest'
import { SyncedNodeFs, syncedStartParams } from './synced-node-fs.ts'
import { loadTemplate } from './template.ts'

interface Syncs {
  NODEFS: { stream_ops: { fsync(stream: { nfd: number }): number } }
}

it('syncs the log after each commit, and the files at a checkpoint', { timeout: 60_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-synced-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const dataDir = join(dir, 'pgdata')
  await mkdir(dataDir)
  await (await PGlite.create(dataDir, await loadTemplate())).close()
  const database = await PGlite.create({ fs: new SyncedNodeFs(dataDir), startParams: syncedStartParams })
  await database.exec('create table t (n integer)')
  const operations = (database.Module as unknown as Syncs).NODEFS.stream_ops
  const { fsync } = operations
  let syncs = 0
  operations.fsync = (stream) => {
    syncs++
    return fsync(stream)
  }
  const syncsOf = async (statement: string) => {
    const before = syncs
    await database.exec(statement)
    return syncs - before
  }
  expect(await syncsOf('insert into t values (1)')).toBeGreaterThan(0)
  expect(await syncsOf('select * from t')).toBe(0)
  await database.exec('insert into t select generate_series(1, 10000)')
  expect(await syncsOf('checkpoint')).toBeGreaterThan(1)
  await database.close()
})
