import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findExecutable } from './executables.ts'
import { type Postgres, startPostgres } from './postgres.ts'

const executable = findExecutable('postgres')

describe.skipIf(executable === undefined)('a PostgreSQL for tests', () => {
  let server: Postgres
  let client: pg.Client

  const connected = async () => {
    client = new pg.Client({ connectionString: server.url })
    client.on('error', () => {}) // The queries that fail say the same.
    await client.connect()
  }

  beforeAll(async () => {
    server = await startPostgres(executable ?? '')
    await connected()
    await client.query('create table kept (n int)')
  })

  afterAll(() => server.stop())

  it('answers nothing on an open connection while paused', async () => {
    server.pause()
    let answered = false
    const answer = client.query('select 1').then(() => {
      answered = true
    })
    // A connection of its own process, paused too, would have answered by now.
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(answered).toBe(false)
    server.resume()
    await answer
  })

  it('comes back after a kill with what was committed', async () => {
    await client.query('insert into kept values (1)')
    await server.kill()
    await expect(client.query('select 1')).rejects.toThrow()
    await server.restart()
    await connected()
    expect((await client.query('select n from kept')).rows).toEqual([{ n: 1 }])
  })

  it('restarts in order, even from a pause', async () => {
    server.pause()
    await server.restart()
    await connected()
    expect((await client.query('select n from kept')).rows).toEqual([{ n: 1 }])
    await client.end()
  })
})
