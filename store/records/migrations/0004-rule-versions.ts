import { type Kysely, type Migration, sql } from 'kysely'

/** Versions of rules with the history of their states, and the findings of shadow rules. */
export const ruleVersionsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table rule_versions (
        name text not null,
        version text not null,
        file text not null,
        text text not null,
        first_seen timestamptz not null,
        "by" text not null,
        primary key (name, version)
      );

      create table rule_changes (
        name text not null,
        version text not null,
        at timestamptz not null,
        became text not null check (became in ('live', 'shadow', 'retired')),
        why text not null,
        "by" text not null,
        primary key (name, at, version),
        foreign key (name, version) references rule_versions (name, version)
      );

      alter table findings add column shadow boolean not null default false, add column trial timestamptz;
      create index findings_of_trial on findings (rule, trial) where trial is not null;
    `.execute(db)
  },
}
