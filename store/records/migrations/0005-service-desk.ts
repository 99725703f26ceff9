import { type Kysely, type Migration, sql } from 'kysely'

/** The service desk: workflow and SLA clocks of tickets, technicians, contacts to notify, parts, feedback. */
export const serviceDeskMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ticket_numbers (
        year integer primary key,
        last integer not null
      );

      create table depots (
        id text primary key,
        name text not null,
        kind text not null check (kind in ('depot', 'van')),
        region text,
        latitude double precision,
        longitude double precision,
        version integer not null default 1,
        updated_at timestamptz not null
      );

      create table technicians (
        id text primary key,
        name text not null,
        region text,
        latitude double precision,
        longitude double precision,
        time_zone text not null,
        shift jsonb not null,
        visits_a_day integer not null check (visits_a_day > 0),
        rating double precision check (rating between 1 and 5),
        van_id text references depots (id),
        active boolean not null,
        version integer not null default 1,
        updated_at timestamptz not null
      );

      create table technician_skills (
        technician_id text not null references technicians (id) on delete cascade,
        skill text not null,
        kind text not null,
        model text not null,
        primary key (technician_id, skill, kind, model)
      );

      alter table tickets
        add column number text unique,
        add column version integer not null default 1,
        add column technician_id text references technicians (id),
        add column shelved_until timestamptz,
        add column respond_by timestamptz,
        add column responded_at timestamptz,
        add column solve_by timestamptz,
        add column on_site_at timestamptz,
        add column resolved_at timestamptz,
        add column closed_at timestamptz,
        add column waiting_since timestamptz,
        add column waited_ms bigint not null default 0,
        add column visit_from timestamptz,
        add column visit_until timestamptz,
        add column cause text,
        add column work text,
        add column next_service_at timestamptz;
      create index tickets_of_technician on tickets (technician_id, work_state);
      create index tickets_resolved on tickets (resolved_at) where work_state in ('resolved', 'closed');
      create index tickets_next_service on tickets (next_service_at) where next_service_at is not null;
      create index tickets_running on tickets (created_at) where work_state not in ('resolved', 'closed', 'cancelled');

      create table escalations (
        ticket_id text not null references tickets (id),
        clock text not null check (clock in ('response', 'solution')),
        step text not null check (step in ('at_risk', 'breached', 'overdue')),
        told text not null check (told in ('technician', 'dispatcher', 'service_manager')),
        at timestamptz not null,
        primary key (ticket_id, clock, step)
      );

      create table offers (
        id text primary key,
        ticket_id text not null references tickets (id),
        technician_id text not null references technicians (id),
        offered_at timestamptz not null,
        answer_by timestamptz not null,
        state text not null check (state in ('offered', 'accepted', 'declined', 'expired', 'withdrawn')),
        reason text,
        answered_at timestamptz
      );
      create unique index offers_one_waiting on offers (ticket_id) where state = 'offered';
      create index offers_of_ticket on offers (ticket_id, offered_at);
      create index offers_of_technician on offers (technician_id, offered_at);

      create table stock (
        depot_id text not null references depots (id),
        part text not null,
        on_hand integer not null check (on_hand >= 0),
        reserved integer not null default 0 check (reserved >= 0 and reserved <= on_hand),
        safety integer not null default 0 check (safety >= 0),
        version integer not null default 1,
        updated_at timestamptz not null,
        primary key (depot_id, part)
      );

      create table reservations (
        id text primary key,
        ticket_id text not null references tickets (id),
        depot_id text not null,
        part text not null,
        quantity integer not null check (quantity > 0),
        state text not null check (state in ('held', 'used', 'released')),
        at timestamptz not null,
        foreign key (depot_id, part) references stock (depot_id, part)
      );
      create unique index reservations_one_held on reservations (ticket_id, part) where state = 'held';

      create table replenishments (
        id text primary key,
        depot_id text not null,
        part text not null,
        state text not null check (state in ('open', 'done')),
        available integer not null,
        safety integer not null,
        raised_at timestamptz not null,
        done_at timestamptz,
        foreign key (depot_id, part) references stock (depot_id, part)
      );
      create unique index replenishments_one_open on replenishments (depot_id, part) where state = 'open';

      alter table owners
        add column name text,
        add column locale text not null default 'en',
        add column time_zone text not null default 'UTC',
        add column quiet_from text not null default '22:00',
        add column quiet_until text not null default '07:00',
        add column region text,
        add column latitude double precision,
        add column longitude double precision,
        add column version integer not null default 1;

      create table contacts (
        id text primary key,
        user_id text not null,
        channel text not null,
        address jsonb not null,
        state text not null check (state in ('active', 'gone')),
        created_at timestamptz not null
      );
      create index contacts_of_user on contacts (user_id) where state = 'active';

      alter table notices
        alter column finding_id drop not null,
        alter column device_id drop not null,
        add column kind text not null default 'finding',
        add column dedupe_key text unique,
        add column locale text not null default 'en',
        add column urgent boolean not null default false,
        add column actions jsonb not null default '[]',
        add column digest_id text references notices (id);
      create index notices_of_digest on notices (digest_id) where digest_id is not null;

      create table deliveries (
        notice_id text not null references notices (id),
        channel text not null,
        contact_id text not null,
        state text not null check (state in ('queued', 'sent', 'delivered', 'read', 'failed')),
        attempts integer not null,
        last_error text,
        at timestamptz not null,
        not_before timestamptz,
        primary key (notice_id, channel, contact_id)
      );

      create table owner_answers (
        id text primary key,
        notice_id text not null references notices (id),
        user_id text not null,
        action text not null,
        data jsonb not null,
        at timestamptz not null
      );
      create index owner_answers_of_notice on owner_answers (notice_id);

      create table surveys (
        ticket_id text primary key references tickets (id),
        user_id text not null,
        asked_at timestamptz not null,
        score integer check (score between 1 and 5),
        comment text,
        answered_at timestamptz
      );

      create table care_reminders (
        device_id text not null,
        care text not null,
        due_on text not null,
        at timestamptz not null,
        primary key (device_id, care, due_on)
      );

      create table rule_flags (
        rule text not null,
        version text not null,
        judged integer not null,
        precision double precision not null,
        suggestion jsonb,
        state text not null check (state in ('open', 'done')),
        flagged_at timestamptz not null,
        primary key (rule, version)
      );

      create table desk_events (
        tx xid8 not null default pg_current_xact_id(),
        id bigint generated always as identity,
        type text not null,
        ticket_id text,
        at timestamptz not null,
        data jsonb not null,
        handled boolean not null default false,
        primary key (tx, id)
      );
      create index desk_events_to_handle on desk_events (tx, id) where not handled;

      create table journal_outbox (
        id text primary key,
        entry jsonb not null,
        created_at timestamptz not null,
        sent_at timestamptz
      );
      create index journal_outbox_waiting on journal_outbox (created_at) where sent_at is null;

      create table idempotency_keys (
        key text primary key,
        request text not null,
        status integer not null,
        response jsonb not null,
        at timestamptz not null
      );
    `.execute(db)
    await sql`
      with numbered as (
        select id, extract(year from created_at at time zone 'UTC')::integer as year,
          row_number() over (partition by extract(year from created_at at time zone 'UTC') order by created_at, id) as place
        from tickets
      )
      update tickets set number = 'FW-' || year || '-' || lpad(place::text, 6, '0') from numbered where numbered.id = tickets.id`.execute(
      db,
    )
    await sql`
      insert into ticket_numbers (year, last)
      select extract(year from created_at at time zone 'UTC')::integer, count(*)::integer from tickets group by 1`.execute(
      db,
    )
    await sql`alter table tickets alter column number set not null`.execute(db)
  },
}
