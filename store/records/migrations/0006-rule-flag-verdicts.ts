import { type Kysely, sql } from 'kysely'

/** The number of verdicts of a flagged rule under the name that the API gives it. */
export const ruleFlagVerdictsMigration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table rule_flags rename column judged to verdicts`.execute(db)
  },
}
