import { type Kysely, type Migration, sql } from 'kysely'

/**
 * Quarantined messages in full, as bytes, with what their retry needs and became; and their totals, because counting
 * the rows takes too long. Before, payloads were cut to 2,000 characters.
 */
export const quarantineInFullMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      update quarantine set detail = detail || ' (an earlier version kept the first 2,000 characters of the payload)'
      where char_length(payload) >= 2000`.execute(db)
    await sql`
      alter table quarantine
        alter column payload type bytea using convert_to(payload, 'UTF8'),
        add column client text,
        add column kind text,
        add column metric text,
        add column bytes integer not null default 0,
        add column outcome text check (outcome in ('stored', 'duplicate')),
        add column retries integer not null default 0,
        add column retried_at timestamptz,
        add column expires_at timestamptz`.execute(db)
    await sql`
      update quarantine set bytes = 400 + octet_length(payload) + octet_length(topic) + octet_length(detail)`.execute(
      db,
    )
    await sql`create index quarantine_by_device on quarantine (device_id, received_at desc, id desc)`.execute(
      db,
    )
    await sql`create index quarantine_expiring on quarantine (expires_at) where expires_at is not null`.execute(
      db,
    )
    await sql`
      create table quarantine_totals (
        singleton boolean primary key default true check (singleton),
        waiting bigint not null,
        bytes bigint not null,
        dropped bigint not null default 0,
        expired bigint not null default 0
      )`.execute(db)
    await sql`
      insert into quarantine_totals (waiting, bytes) select count(*), coalesce(sum(bytes), 0) from quarantine`.execute(
      db,
    )
  },
}
