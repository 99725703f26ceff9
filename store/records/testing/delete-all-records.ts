import type pg from 'pg'

/** Tables in order of deletion: referencing tables before referenced ones. */
const tablesInDeleteOrder = [
  'deliveries',
  'owner_answers',
  'surveys',
  'escalations',
  'offers',
  'reservations',
  'replenishments',
  'stock',
  'technician_skills',
  'notices',
  'findings',
  'ticket_history',
  'tickets',
  'ticket_notice_checks',
  'technicians',
  'depots',
  'incidents',
  'devices',
  'owners',
  'epochs',
  'quarantine',
  'quarantine_totals',
  'rule_changes',
  'rule_versions',
  'ticket_numbers',
  'contacts',
  'care_reminders',
  'rule_flags',
  'desk_events',
  'journal_outbox',
  'idempotency_keys',
  'sweeps',
  'journal_positions',
  'failed_findings',
]

const deadlockDetected = '40P01'

/**
 * Delete all rows. Many times as fast as TRUNCATE, which creates every table and index again. A transaction that a program
 * left behind when it stopped may still run in the server, and lock the tables in another order.
 */
export async function deleteAllRecords({ pool }: { pool: pg.Pool }): Promise<void> {
  const statements = tablesInDeleteOrder.map((table) => `delete from ${table}`).join('; ')
  await pool.query(statements).catch((error: unknown) => {
    if (!(error instanceof Error) || Reflect.get(error, 'code') !== deadlockDetected) throw error
    return pool.query(statements)
  })
}
