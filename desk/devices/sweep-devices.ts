import type { Kysely } from 'kysely'
import { withdrawForeignNotices } from '../../notices/deliver/withdraw-foreign.ts'
import { moveToNewId } from '../../store/records/project-devices.ts'
import type { Records } from '../../store/records/schema.ts'
import { CommandRejectedError } from '../tickets/command.ts'
import { runCommandInTransaction } from '../tickets/run-command.ts'
import { currentDeviceId } from './current-device-id.ts'

const batchSize = 500

/**
 * Bring tickets, notices and findings in line with devices that were retired, renamed, or got another owner. A ticket on
 * which a technician is at work is left to their report.
 */
export async function sweepDevices(db: Kysely<Records>, now: Date): Promise<void> {
  await moveStragglers(db)
  await dropOwedNotices(db)
  await withdrawForeignNotices(db)
  const tickets = await db
    .selectFrom('tickets')
    .innerJoin('devices', 'devices.id', 'tickets.device_id')
    .select(['tickets.id', 'tickets.version', 'devices.retired_reason'])
    .where('devices.retired_at', 'is not', null)
    .where('work_state', 'in', ['open', 'assigned', 'en_route'])
    .orderBy('tickets.id')
    .limit(batchSize)
    .execute()
  for (const { id, version, retired_reason } of tickets) {
    const reason = `The device was retired${retired_reason === null ? '' : `: ${retired_reason}`}`
    await cancel(db, { ticket: id, version, reason, at: now.getTime() })
  }
}

interface Cancellation {
  ticket: string
  version: number
  reason: string
  at: number
}

/** Cancel a ticket. A rejection means that a person or another sweep was faster; the next sweep looks again. */
async function cancel(db: Kysely<Records>, { ticket, version, reason, at }: Cancellation): Promise<void> {
  try {
    await runCommandInTransaction(db, {
      id: `retired:${ticket}:${version}`,
      ticket,
      actor: 'desk',
      reason,
      at,
      expectedVersion: version,
      command: { do: 'cancel' },
    })
  } catch (error) {
    if (!(error instanceof CommandRejectedError)) throw error
  }
}

/** Move what was recorded under a former id after the device was renamed: findings on their way to the desk. */
async function moveStragglers(db: Kysely<Records>): Promise<void> {
  const renamed = await db
    .selectFrom('devices')
    .select('id')
    .where('renamed_to', 'is not', null)
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('findings').select('findings.id').whereRef('findings.device_id', '=', 'devices.id')),
    )
    .limit(batchSize)
    .execute()
  for (const { id } of renamed) {
    const to = await currentDeviceId(db, id)
    await db.transaction().execute((trx) => moveToNewId(trx, { from: id, to }))
  }
}

/** A retired device that comes back must not send what it owed before. */
async function dropOwedNotices(db: Kysely<Records>): Promise<void> {
  await db
    .updateTable('findings')
    .set({ owed_notice: null, withheld: null })
    .where((is) => is.or([is('owed_notice', 'is not', null), is('withheld', 'is not', null)]))
    .where('device_id', 'in', (select) =>
      select
        .selectFrom('devices')
        .select('devices.id')
        .where('retired_at', 'is not', null)
        .where('renamed_to', 'is', null),
    )
    .execute()
}
