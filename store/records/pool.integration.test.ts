import { describe, expect, it, onTestFinished } from 'vitest'
import { isUnavailable } from '../../lib/is-unavailable.ts'
import { findExecutable } from '../../test/support/executables.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { proxyTargetOf, startTcpProxy } from '../../test/support/tcp-proxy.ts'
import { openPgPool } from './pool.ts'

const postgres = findExecutable('postgres')

describe.skipIf(!postgres)('a network that swallows everything', () => {
  it('is reported only to the caller that waits for an answer', { timeout: 60_000 }, async () => {
    const server = await startPostgres(postgres ?? '')
    onTestFinished(() => server.stop())
    const proxy = await startTcpProxy(proxyTargetOf(server.url))
    onTestFinished(() => proxy.stop())
    const url = server.url.replace(/:\d+\//, `:${proxy.port}/`)
    const errors: Error[] = []
    const { pool, close } = openPgPool(url, {
      responseTimeoutMs: 500,
      onError: (error) => errors.push(error),
    })
    const idle = await pool.connect()
    await pool.query('select 1')
    // Longer than the response timeout.
    await pool.query(
      `do $$ begin for i in 1..3 loop raise notice 'still here'; perform pg_sleep(0.3); end loop; end $$`,
    )
    expect((await idle.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    idle.release()

    proxy.halfOpen()
    const error = await pool.query('select 1').catch((reason: unknown) => reason)
    expect(isUnavailable(error), String(error)).toBe(true)
    proxy.heal()
    expect((await pool.query('select 2 as two')).rows).toEqual([{ two: 2 }])
    await close()
  })
})
