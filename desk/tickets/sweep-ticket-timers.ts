import type { Kysely } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { Records } from '../../store/records/schema.ts'
import { CommandRejectedError } from './command.ts'
import { escalateDueTickets } from './escalate-tickets.ts'
import { runCommandInTransaction } from './run-command.ts'

/** Time between resolution and closing, in which an owner can report that the repair failed. */
const autoCloseAfterMs = 3 * dayMs

/**
 * Apply the timers of tickets: escalate clocks that are at risk or breached, unshelve tickets, close resolved ones. All
 * times are stored in the tickets, so a late sweep catches up, each step once.
 */
export async function sweepTicketTimers(db: Kysely<Records>, now: Date): Promise<void> {
  await escalateDueTickets(db, now)
  await unshelveDue(db, now)
  await closeResolved(db, now)
}

async function unshelveDue(db: Kysely<Records>, now: Date): Promise<void> {
  const due = await db
    .selectFrom('tickets')
    .select(['id', 'version'])
    .where('operator_state', '=', 'shelved')
    .where('work_state', '=', 'open')
    .where('shelved_until', '<=', now)
    .execute()
  for (const { id, version } of due) await runTimedCommand(db, { id, version, now, command: 'unshelve' })
}

async function closeResolved(db: Kysely<Records>, now: Date): Promise<void> {
  const due = await db
    .selectFrom('tickets')
    .select(['id', 'version'])
    .where('work_state', '=', 'resolved')
    .where('resolved_at', '<=', new Date(now.getTime() - autoCloseAfterMs))
    .execute()
  for (const { id, version } of due) await runTimedCommand(db, { id, version, now, command: 'close' })
}

interface TimedCommand {
  id: string
  version: number
  now: Date
  command: 'unshelve' | 'close'
}

/** Run a command of the desk. A rejection means that a person or another sweep was faster. */
async function runTimedCommand(
  db: Kysely<Records>,
  { id, version, now, command }: TimedCommand,
): Promise<void> {
  const request = {
    ticket: id,
    actor: 'desk',
    at: now.getTime(),
    expectedVersion: version,
    command: { do: command },
  }
  try {
    await runCommandInTransaction(db, { ...request, id: `${command}:${id}:${version}` })
  } catch (error) {
    if (!(error instanceof CommandRejectedError)) throw error
  }
}
