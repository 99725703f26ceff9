import { type Kysely, type Migration, sql } from 'kysely'

/**
 * Data that a replay of history needs besides the readings: when the epochs of built-in parts began, where and since
 * when a device is used, and the results of technicians' inspections.
 */
export const epochsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table epochs (
        device_id text not null,
        component text not null,
        number integer not null,
        since timestamptz not null,
        primary key (device_id, component, number)
      );

      alter table devices add column site text, add column region text, add column in_use_since timestamptz;

      alter table tickets add column verdict text
        check (verdict in ('worn', 'not_worn', 'sensor_fault', 'other'));
    `.execute(db)
  },
}
