import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { addDepot, addTechnicians, addTicket, now } from '../../desk/dispatch/testing/field.ts'
import { sweep } from '../../desk/sweep.ts'
import type { TicketCommand } from '../../desk/tickets/command.ts'
import { runCommandInTransaction } from '../../desk/tickets/run-command.ts'
import { dayMs } from '../../lib/time.ts'
import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { openRecords } from '../../store/records/records-store.ts'
import type { Records } from '../../store/records/schema.ts'

/**
 * A process that does the work of a service desk from its beginning, or from where the last one ended, and prints the
 * result as one JSON object. Its clock stands still, so that the result is always the same.
 */
const [, , folder = ''] = process.argv

const commands: readonly TicketCommand[] = [
  { do: 'acknowledge' },
  { do: 'assign', technician: 'ada' },
  { do: 'arrive' },
  {
    do: 'resolve',
    verdict: 'worn',
    cause: 'aged',
    work: 'replaced',
    parts: [{ part: 'battery', quantity: 1 }],
  },
]

const records = await openRecords({
  dir: join(folder, 'records'),
  onError: (error) => {
    throw error
  },
})
const journal = await openLmdbJournal({ dir: join(folder, 'journal'), maxBytes: 2 ** 26, keepEntries: 1_000 })
const { db } = records
await prepare(db)
const tickets = await db.selectFrom('tickets').select('id').orderBy('id').execute()
for (const { id: ticket } of tickets) {
  for (const command of commands) {
    const request = { ticket, actor: 'dispatcher:kim', at: now, id: `${ticket} ${command.do}`, command }
    await runCommandInTransaction(db, request)
  }
}
// The first one handles the events of the commands, the second what those caused.
for (let turn = 0; turn < 2; turn++) {
  await sweep({
    db,
    messages: loadMessageCatalog(),
    now: () => now,
    enqueueNotices: async () => undefined,
    keepQuarantinedMs: dayMs,
    appendToJournal: (entries) => journal.append('telemetry', entries),
  })
}
const appended = new Set<string>()
for await (const { entries } of journal.scan('telemetry', 0))
  for (const entry of entries) appended.add(JSON.stringify(entry))
process.stdout.write(`${JSON.stringify({ ...(await readDesk(db)), appended: [...appended].sort() })}\n`)
await journal.close()
await records.close()

async function prepare(db: Kysely<Records>): Promise<void> {
  if ((await db.selectFrom('tickets').select('id').execute()).length > 0) return
  await addDepot(db, { id: 'berlin' }, { onHand: 4, safety: 3 })
  await addTechnicians(db, [{ id: 'ada' }])
  for (const number of [1, 2]) await addTicket(db, number)
}

/** What the desk holds, without the positions of events, which differ between runs. */
async function readDesk(db: Kysely<Records>) {
  const [states, steps, events, notices, stock, outbox] = await Promise.all([
    db
      .selectFrom('tickets')
      .select(['id', 'work_state', 'operator_state', 'verdict', 'version'])
      .orderBy('id')
      .execute(),
    db
      .selectFrom('ticket_history')
      .select(['ticket_id', 'step_id', 'what'])
      .orderBy('ticket_id')
      .orderBy('step_id')
      .execute(),
    db.selectFrom('desk_events').select(['type', 'ticket_id', 'data', 'handled']).execute(),
    db.selectFrom('notices').select(['user_id', 'finding_id', 'state']).execute(),
    db.selectFrom('stock').select(['depot_id', 'part', 'on_hand', 'reserved']).execute(),
    db.selectFrom('journal_outbox').select(['id', 'sent_at']).orderBy('id').execute(),
  ])
  const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort()
  return { states, steps, events: sorted(events), notices: sorted(notices), stock, outbox }
}
