import type pg from 'pg'

const intervalMs = 5 * 60_000

/**
 * Run the background maintenance of a PostgreSQL server (vacuum, analyze, checkpoint); PGlite has no background processes:
 * without it the dead rows of updates are kept for ever, and the write-ahead log grows until the program ends.
 * @param onError called when it fails; it is retried the next time
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

/**
 * Vacuum the tables, those of the system's catalog too, that exceed the thresholds of PostgreSQL's autovacuum: 50 rows plus
 * a fifth (for statistics a tenth) of the table.
 */
export async function runMaintenance(pool: pg.Pool): Promise<void> {
  // The latest counts are reported when this statement ends.
  await pool.query('SELECT pg_stat_force_next_flush()')
  const { rows } = await pool.query<{ name: string }>(`
    SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_all_tables
    WHERE schemaname NOT IN ('pg_toast', 'information_schema')
      AND (n_dead_tup > 50 + 0.2 * n_live_tup OR n_mod_since_analyze > 50 + 0.1 * n_live_tup)`)
  // One statement each: no other connection can use the database while one runs.
  for (const { name } of rows) await pool.query(`VACUUM (ANALYZE) ${name}`)
  await pool.query('CHECKPOINT')
}
