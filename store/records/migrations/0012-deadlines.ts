import { type Kysely, type Migration, sql } from 'kysely'

/**
 * What a sweep has to look at, so that it does not look at every open ticket: the next deadline of its SLA clocks, and
 * tickets whose owners may have to be notified. Triggers note every change, also by an older program.
 */
export const deadlinesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table tickets add column next_deadline timestamptz default to_timestamp(0);
      update tickets set next_deadline = null where work_state in ('resolved', 'closed', 'cancelled');
      create index tickets_next_deadline on tickets (next_deadline) where next_deadline is not null;

      create function make_ticket_deadline_due() returns trigger language plpgsql as $$
      begin
        new.next_deadline := to_timestamp(0);
        return new;
      end $$;
      create trigger tickets_deadline
        before update of sla, work_state, respond_by, responded_at, solve_by, on_site_at, resolved_at, waiting_since
        on tickets for each row execute function make_ticket_deadline_due();

      create table ticket_notice_checks (
        id bigint generated always as identity primary key,
        ticket_id text not null
      );
      insert into ticket_notice_checks (ticket_id)
      select id from tickets where work_state in ('open', 'assigned', 'en_route', 'in_progress');

      create function check_notice_of_ticket() returns trigger language plpgsql as $$
      begin
        insert into ticket_notice_checks (ticket_id) values (new.id);
        return null;
      end $$;
      create trigger tickets_notice_check after insert or update of condition, work_state, device_id
        on tickets for each row execute function check_notice_of_ticket();

      create function check_notices_of_device() returns trigger language plpgsql as $$
      begin
        insert into ticket_notice_checks (ticket_id)
        select id from tickets where device_id = new.id and work_state in ('open', 'assigned', 'en_route', 'in_progress');
        return null;
      end $$;
      create trigger devices_notice_check after insert on devices
        for each row when (new.owner_id is not null) execute function check_notices_of_device();
      create trigger devices_owner_notice_check after update of owner_id, retired_at on devices
        for each row when (
          old.owner_id is distinct from new.owner_id or old.retired_at is distinct from new.retired_at
        ) execute function check_notices_of_device();

      create function check_notice_after_withdrawal() returns trigger language plpgsql as $$
      begin
        insert into ticket_notice_checks (ticket_id)
        select id from tickets where id = new.ticket_id
          or id = (select ticket_id from findings where findings.id = new.finding_id);
        return null;
      end $$;
      create trigger notices_withdrawal_notice_check after update of state on notices
        for each row when (new.state = 'withdrawn' and old.state <> 'withdrawn')
        execute function check_notice_after_withdrawal();

      create index tickets_shelved on tickets (shelved_until) where operator_state = 'shelved';
      create index tickets_to_offer on tickets (solve_by, id)
        where work_state = 'open' and operator_state <> 'shelved' and waiting_since is null;
      create index tickets_assigned on tickets (solve_by, id) where work_state = 'assigned';
      create index devices_renamed on devices (id) where renamed_to is not null;
    `.execute(db)
  },
}
