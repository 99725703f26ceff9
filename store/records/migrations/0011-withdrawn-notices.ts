import { type Kysely, type Migration, sql } from 'kysely'

/** Notices that were withdrawn before they were sent. */
export const withdrawnNoticesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table notices
        drop constraint notices_state_check,
        add constraint notices_state_check check (
          state in ('queued', 'sent', 'delivered', 'read', 'snoozed', 'done', 'failed', 'withdrawn')
        );
    `.execute(db)
  },
}
