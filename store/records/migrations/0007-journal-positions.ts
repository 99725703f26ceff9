import { type Kysely, type Migration, sql } from 'kysely'

/** Positions in the journal, in the database of the rows that they count; findings that could not be recorded. */
export const journalPositionsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table journal_positions (
        consumer text primary key,
        cursor bigint not null,
        history text not null,
        updated_at timestamptz not null
      );

      create table failed_findings (
        finding_id text primary key,
        finding jsonb not null,
        failed_at timestamptz not null
      );
    `.execute(db)
    // Until now only the journal had the cursors; they hold for a database that is in use.
    await sql`
      insert into journal_positions (consumer, cursor, history, updated_at)
      select 'journal', 0, '', now() where exists (select 1 from devices) or exists (select 1 from rule_versions)`.execute(
      db,
    )
  },
}
