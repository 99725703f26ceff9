import { type Kysely, sql } from 'kysely'

/** How many sweeps were completed: all processes see from it, without comparing clocks, when one was. */
export const sweepsMigration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table sweeps (
        singleton boolean primary key default true check (singleton),
        completed bigint not null,
        completed_at timestamptz not null
      )
    `.execute(db)
  },
}
