import { type Kysely, type Migration, sql } from 'kysely'

/** Devices and owners, findings, tickets with their history, the notices, quarantine. */
export const recordsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table owners (
        id text primary key,
        created_at timestamptz not null
      );

      create table devices (
        id text primary key,
        kind text not null,
        model text,
        firmware text,
        owner_id text references owners (id),
        presence text check (presence in ('online', 'lost')),
        first_seen timestamptz not null,
        updated_at timestamptz not null
      );
      create index devices_owner on devices (owner_id);

      create table tickets (
        id text primary key,
        device_id text not null,
        component text not null,
        epoch integer not null,
        rule text not null,
        severity text not null check (severity in ('critical', 'major', 'minor', 'warning')),
        sla text not null check (sla in ('level1', 'level2', 'level3')),
        part text,
        skill text,
        condition text not null check (condition in ('active', 'cleared')),
        operator_state text not null check (operator_state in ('unacknowledged', 'acknowledged', 'shelved')),
        work_state text not null check (
          work_state in ('open', 'assigned', 'en_route', 'in_progress', 'resolved', 'closed', 'cancelled')
        ),
        opened_at timestamptz not null,
        evidence jsonb not null,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create unique index tickets_one_open on tickets (device_id, component, epoch)
        where work_state not in ('closed', 'cancelled');
      create index tickets_of_part on tickets (device_id, component, epoch);
      create index tickets_by_age on tickets (opened_at desc, id);

      create table ticket_history (
        ticket_id text not null references tickets (id),
        step_id text not null,
        at timestamptz not null,
        actor text not null,
        what text not null,
        detail jsonb not null,
        primary key (ticket_id, step_id)
      );

      create table findings (
        id text primary key,
        device_id text not null,
        component text not null,
        epoch integer not null,
        rule text not null,
        version text not null,
        state text not null check (state in ('raised', 'updated', 'cleared')),
        severity text not null check (severity in ('critical', 'major', 'minor', 'warning')),
        at timestamptz not null,
        evidence jsonb not null,
        ticket_id text references tickets (id),
        owed_notice text
      );
      create index findings_of_rule on findings (device_id, component, epoch, rule, at);
      create index findings_of_ticket on findings (ticket_id);
      create index findings_owed on findings (device_id) where owed_notice is not null;

      create table notices (
        id text primary key,
        user_id text not null,
        device_id text not null,
        ticket_id text references tickets (id),
        finding_id text not null unique references findings (id),
        notice text not null,
        title text not null,
        body text not null,
        data jsonb not null,
        state text not null check (
          state in ('queued', 'sent', 'delivered', 'read', 'snoozed', 'done', 'failed')
        ),
        attempts integer not null default 0,
        last_error text,
        created_at timestamptz not null,
        next_attempt_at timestamptz,
        sent_at timestamptz,
        delivered_at timestamptz,
        inbox_at timestamptz
      );
      create index notices_of_user on notices (user_id, created_at desc);
      create index notices_of_ticket on notices (ticket_id);
      create index notices_due on notices (next_attempt_at) where next_attempt_at is not null;

      create table quarantine (
        id text primary key,
        received_at timestamptz not null,
        topic text not null,
        device_id text,
        reason text not null,
        detail text not null,
        payload text not null
      );
      create index quarantine_by_age on quarantine (received_at desc, id desc);
    `.execute(db)
  },
}
