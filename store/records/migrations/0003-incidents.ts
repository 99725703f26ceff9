import { type Kysely, type Migration, sql } from 'kysely'

/** Incidents: findings that many devices raised at once, as one entry, and what each of them would have led to. */
export const incidentsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table incidents (
        id text primary key,
        rule text not null,
        kind text not null,
        scope text not null check (scope in ('site', 'firmware', 'kind')),
        subject text not null,
        severity text not null check (severity in ('critical', 'major', 'minor', 'warning')),
        threshold integer,
        state text not null check (state in ('open', 'closed')),
        opened_at timestamptz not null,
        last_at timestamptz not null,
        devices integer not null,
        folded integer not null,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create unique index incidents_one_open on incidents (rule, kind, scope, subject) where state = 'open';
      create index incidents_by_age on incidents (opened_at desc, id);

      alter table findings
        add column incident_id text references incidents (id),
        add column withheld jsonb;
      create index findings_raised on findings (rule, at) where state = 'raised';
      create index findings_of_incident on findings (incident_id, at) where incident_id is not null;
      create index findings_withheld on findings (incident_id, at) where withheld is not null;
    `.execute(db)
  },
}
