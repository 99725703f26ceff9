import type pg from 'pg'

/** What refers to others before what is referred to. */
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
  'technicians',
  'depots',
  'incidents',
  'devices',
  'owners',
  'epochs',
  'quarantine',
  'rule_changes',
  'rule_versions',
  'ticket_numbers',
  'contacts',
  'care_reminders',
  'rule_flags',
  'desk_events',
  'journal_outbox',
  'idempotency_keys',
]

/** Deletes all rows. Many times as fast as TRUNCATE, which makes every table and index anew. */
export async function deleteAllRecords({ pool }: { pool: pg.Pool }): Promise<void> {
  await pool.query(tablesInDeleteOrder.map((table) => `delete from ${table}`).join('; '))
}
