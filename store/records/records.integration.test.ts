import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findExecutable } from '../../test/support/executables.ts'
import { type Postgres, startPostgres } from '../../test/support/postgres.ts'
import { NewerSchemaError } from './migrate.ts'
import { describeRecordsConformance } from './records.conformance.ts'
import { openRecords } from './records-store.ts'

function onError(error: Error): never {
  throw error
}

describe('PGlite', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-records-'))
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))
  describeRecordsConformance('PGlite', () => ({ open: () => openRecords({ dir, onError }) }))
})

const executable = findExecutable('postgres')
describe.skipIf(executable === undefined)('PostgreSQL', () => {
  let server: Postgres
  beforeAll(async () => {
    server = await startPostgres(executable ?? '')
  })
  afterAll(() => server.stop())
  describeRecordsConformance('PostgreSQL', () => ({ open: () => openRecords({ url: server.url, onError }) }))

  it('outlives the end of the server in the middle of a transaction', async () => {
    const records = await openRecords({ url: server.url, onError: () => {} })
    const transaction = await records.db.startTransaction().execute()
    await sql`select 1`.execute(transaction)
    await server.kill()
    await server.restart()
    await expect(sql`select 1`.execute(transaction)).rejects.toThrow()
    await transaction
      .rollback()
      .execute()
      .catch(() => {})
    await sql`select 1`.execute(records.db)
    await records.close()
  })

  it('refuses a database that a later version of the program has migrated', async () => {
    const records = await openRecords({ url: server.url, onError })
    await records.pool.query('create database later')
    await records.close()
    const url = server.url.replace(/postgres$/, 'later')
    const later = await openRecords({ url, onError })
    await later.pool.query(`insert into kysely_migration values ('9999-later', now()::text)`)
    await later.close()
    await expect(openRecords({ url, onError })).rejects.toThrow(NewerSchemaError)
  })

  it('is migrated once by processes that start at the same time', async () => {
    const first = await openRecords({ url: server.url, onError })
    await first.pool.query('create database together')
    await first.close()
    const url = server.url.replace(/postgres$/, 'together')
    const stores = await Promise.all(Array.from({ length: 4 }, () => openRecords({ url, onError })))
    expect(await stores[0]?.db.selectFrom('tickets').selectAll().execute()).toEqual([])
    await Promise.all(stores.map((store) => store.close()))
  })
})
