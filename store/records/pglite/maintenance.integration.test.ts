import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RecordsPool } from '../pool.ts'
import { runMaintenance } from './maintenance.ts'
import { openPglitePool } from './pool.ts'

let records: RecordsPool
beforeAll(async () => {
  records = await openPglitePool({
    onError: (error) => {
      throw error
    },
  })
  await records.pool.query(
    'CREATE SCHEMA "Other"; CREATE TABLE "Other"."Things" (id int PRIMARY KEY, value text)',
  )
  await records.pool.query(
    `INSERT INTO "Other"."Things" SELECT n, repeat('a', 200) FROM generate_series(1, 500) n`,
  )
})
afterAll(() => records.close())

/** Ten times as many rows as the table has, if dead rows are never removed. */
async function rewrite(): Promise<number> {
  for (let round = 0; round < 10; round++) {
    await records.pool.query(`UPDATE "Other"."Things" SET value = repeat('b', ${200 + round})`)
  }
  const size = `SELECT pg_relation_size('"Other"."Things"')::int AS bytes`
  return (await records.pool.query<{ bytes: number }>(size)).rows[0]?.bytes ?? 0
}

it('makes room for new rows where old ones were replaced', async () => {
  const first = await rewrite()
  await runMaintenance(records.pool)
  expect(await rewrite()).toBeLessThan(1.2 * first)
})

async function createAndDropTables(): Promise<number> {
  for (let round = 0; round < 50; round++) {
    await records.pool.query(
      'CREATE TEMP TABLE passing (a int, b int, c int, d int, e int); DROP TABLE passing',
    )
  }
  const size = `SELECT pg_relation_size('pg_attribute')::int AS bytes`
  return (await records.pool.query<{ bytes: number }>(size)).rows[0]?.bytes ?? 0
}

it('makes room in the catalog of the system where tables were dropped', async () => {
  const first = await createAndDropTables()
  await runMaintenance(records.pool)
  expect(await createAndDropTables()).toBe(first)
})
