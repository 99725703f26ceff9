import { type Kysely, type Migration, sql } from 'kysely'

/** Devices that are retired or were renamed. */
export const deviceLifecycleMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table devices
        add column retired_at timestamptz,
        add column retired_by text check (retired_by in ('device', 'operator')),
        add column retired_reason text,
        add column renamed_to text,
        add column former_ids jsonb not null default '[]';
      create index devices_retired on devices (retired_at) where retired_at is not null;

      create index notices_of_device on notices (device_id) where state in ('queued', 'sent');
    `.execute(db)
  },
}
