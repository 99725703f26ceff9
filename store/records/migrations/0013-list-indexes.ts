import { type Kysely, type Migration, sql } from 'kysely'

/** Indexes for filters of lists that few rows pass, or none: without them such a list reads all rows. */
export const listIndexesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create index tickets_of_rule on tickets (rule, opened_at desc, id desc);
      create index tickets_by_severity on tickets (severity, opened_at desc, id desc);
      create index tickets_by_condition on tickets (condition, opened_at desc, id desc);
      create index tickets_open_by_age on tickets (opened_at desc, id desc) where work_state not in ('closed', 'cancelled');
      create index tickets_respond_by on tickets (respond_by)
        where responded_at is null and work_state not in ('resolved', 'closed', 'cancelled');
      create index tickets_solve_by on tickets (solve_by) where work_state not in ('resolved', 'closed', 'cancelled');
      create index devices_of_kind on devices (kind, id);
    `.execute(db)
  },
}
