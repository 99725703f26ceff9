import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate, NewerSchemaError } from './migrate.ts'
import { openRecords, RecordsCorruptedError } from './records-store.ts'

function onError(error: Error): never {
  throw error
}

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'forewarn-records-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

it('refuses a schema of a newer program, and leaves it as it is', { timeout: 60_000 }, async () => {
  const { db, close } = await openRecords({ onError })
  await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '')`.execute(db)
  const error = await migrate(db).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(NewerSchemaError)
  expect(String(error)).toContain('made by a newer Forewarn (it has 9999-later)')
  await close()
})

describe('a folder that cannot be opened', () => {
  it('because its head is damaged', async () => {
    await mkdir(join(dir, 'pgdata', 'global'), { recursive: true })
    await writeFile(join(dir, 'pgdata', 'PG_VERSION'), '18')
    await writeFile(join(dir, 'pgdata', 'global', 'pg_control'), 'nonsense')
    await expect(openRecords({ dir, onError })).rejects.toThrow(
      /the records in .* are damaged: .*move it away and start again: tickets/,
    )
  })

  it('because it would be made again over what is left of it', async () => {
    await mkdir(join(dir, 'pgdata', 'base'), { recursive: true })
    await expect(openRecords({ dir, onError })).rejects.toThrow(RecordsCorruptedError)
  })
})
