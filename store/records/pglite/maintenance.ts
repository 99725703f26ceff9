import type pg from 'pg'

const intervalMs = 5 * 60_000

/**
 * What a PostgreSQL server does beside its clients and PGlite, which has no processes of its own, never does by itself:
 * without it the rows that updates leave behind are kept for ever, and the log of writes grows until the program ends.
 * @param onError told when it fails; it is tried again the next time
 */
export function startMaintenance(pool: pg.Pool, onError: (error: Error) => void): { stop(): Promise<void> } {
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= runMaintenance(pool)
      .catch(onError)
      .finally(() => {
        running = undefined
      })
  }, intervalMs)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

/** Tables are due by the thresholds of PostgreSQL's autovacuum: 50 rows and a fifth, for statistics a tenth, of them. */
export async function runMaintenance(pool: pg.Pool): Promise<void> {
  // What was counted lately is told with the end of this statement.
  await pool.query('SELECT pg_stat_force_next_flush()')
  const { rows } = await pool.query<{ name: string }>(`
    SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_user_tables
    WHERE n_dead_tup > 50 + 0.2 * n_live_tup OR n_mod_since_analyze > 50 + 0.1 * n_live_tup`)
  // One statement each: the database is not anybody else's while one runs.
  for (const { name } of rows) await pool.query(`VACUUM (ANALYZE) ${name}`)
  await pool.query('CHECKPOINT')
}
