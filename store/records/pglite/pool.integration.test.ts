import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RecordsPool } from '../pool.ts'
import { DirectoryInUseError } from './directory-lock.ts'
import { PgliteCrashedError } from './host.ts'
import { openPglitePool } from './pool.ts'

function onError(error: Error): never {
  throw error
}

describe('one database for many connections', () => {
  let records: RecordsPool
  beforeAll(async () => {
    records = await openPglitePool({ onError, idleInTransactionMs: 200 })
    await records.pool.query('create table things (id int primary key)')
  })
  afterAll(() => records.close())
  afterEach(() => records.pool.query('delete from things'))

  const count = async () => (await records.pool.query('select id from things')).rowCount

  it('goes on when a client goes away in the middle of a transaction', async () => {
    const client = await records.pool.connect()
    await client.query('begin')
    await client.query('insert into things values (1)')
    const waiting = count()
    client.release(true)
    expect(await waiting).toBe(0)
  })

  it('ends a client that leaves its transaction open', async () => {
    const client = await records.pool.connect()
    const errors: unknown[] = []
    client.on('error', (error) => errors.push(error))
    await client.query('begin')
    await client.query('insert into things values (1)')
    expect(await count()).toBe(0)
    await expect(client.query('commit')).rejects.toThrow()
    expect(errors[0]).toMatchObject({ code: '25P03' })
    client.release(true)
  })

  it('frees the database when a transaction has failed and is rolled back', async () => {
    const client = await records.pool.connect()
    await client.query('begin')
    await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' })
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' })
    await client.query('rollback')
    client.release()
    expect(await count()).toBe(0)
  })

  it('answers each of many in its own turn', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => records.pool.query('select $1::int as n', [n])),
    )
    expect(answers.map(({ rows }) => rows[0].n)).toEqual(Array.from({ length: 200 }, (_, n) => n))
  })
})

/** A program to be killed: it inserts 1, 2, 3… and prints each number when its transaction is committed. */
const insertForEver = `
  import { openPglitePool } from '${new URL('./pool.ts', import.meta.url)}'
  const { pool } = await openPglitePool({ dir: process.argv[1], onError: (error) => { throw error } })
  await pool.query('create table things (id int primary key)')
  for (let id = 1; ; id++) {
    await pool.query('insert into things values ($1)', [id])
    process.stdout.write(id + '\\n')
  }
`

describe('a folder of its own', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-pglite-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  it('is refused while another has it open', async () => {
    const records = await openPglitePool({ dir, onError })
    await expect(openPglitePool({ dir, onError })).rejects.toThrow(DirectoryInUseError)
    await records.close()
  })

  it('is given back when what is in it is no database', async () => {
    await mkdir(join(dir, 'pgdata'))
    await writeFile(join(dir, 'pgdata', 'PG_VERSION'), '18')
    await expect(openPglitePool({ dir, onError })).rejects.toThrow(PgliteCrashedError)
    expect(await readdir(dir)).toEqual(['pgdata'])
  })

  it('has every committed row after its process was killed', async () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', insertForEver, dir],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let committed = 0
    for await (const chunk of child.stdout) {
      committed += String(chunk).split('\n').length - 1
      if (committed >= 200 && !child.killed) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')

    const records = await openPglitePool({ dir, onError })
    const { rows } = await records.pool.query('select count(*)::int as rows, max(id) as last from things')
    expect(rows[0].rows).toBe(rows[0].last)
    expect(rows[0].rows).toBeGreaterThanOrEqual(committed)
    await records.close()
  })
})
