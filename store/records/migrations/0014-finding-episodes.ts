import { type Kysely, type Migration, sql } from 'kysely'

/**
 * The rows of a rule's finding on a part, from raised to cleared, are an episode. Its raised row has the newest row of the
 * episode and when it was cleared, so that a list of episodes reads an index. Triggers keep this, in any order of arrival.
 */
export const findingEpisodesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table findings
        add column newest_id text,
        add column newest_at timestamptz,
        add column newest_severity text,
        add column cleared_at timestamptz,
        add column seen_at timestamptz;
      alter table findings alter column seen_at set default now();

      create function newest_of_finding_episode(raised findings)
      returns table (id text, at timestamptz, severity text, cleared_at timestamptz) language sql stable as $$
        select step.id, step.at, step.severity, case when step.state = 'cleared' then step.at end
        from findings as step
        where step.device_id = raised.device_id and step.component = raised.component and step.epoch = raised.epoch
          and step.rule = raised.rule and step.shadow = raised.shadow and step.at >= raised.at
          and step.at < coalesce((
            select min(next.at) from findings as next
            where next.device_id = raised.device_id and next.component = raised.component and next.epoch = raised.epoch
              and next.rule = raised.rule and next.shadow = raised.shadow and next.state = 'raised'
              and next.at > raised.at), 'infinity')
        order by step.state = 'cleared' desc, case when step.state = 'cleared' then step.at end, step.at desc, step.state desc
        limit 1
      $$;

      update findings set newest_id = newest.id, newest_at = newest.at, newest_severity = newest.severity,
        cleared_at = newest.cleared_at
      from findings as raised cross join lateral newest_of_finding_episode(raised) as newest
      where findings.id = raised.id and raised.state = 'raised';

      create function start_finding_episode() returns trigger language plpgsql as $$
      begin
        new.newest_id := new.id;
        new.newest_at := new.at;
        new.newest_severity := new.severity;
        return new;
      end $$;
      create trigger findings_episode_start before insert on findings
        for each row when (new.state = 'raised') execute function start_finding_episode();

      create function update_finding_episodes() returns trigger language plpgsql as $$
      begin
        update findings set newest_id = newest.id, newest_at = newest.at, newest_severity = newest.severity,
          cleared_at = newest.cleared_at
        from (
          select distinct episode.id from added cross join lateral (
            -- Two: a raised row can end the episode before it.
            select id from findings
            where device_id = added.device_id and component = added.component and epoch = added.epoch
              and rule = added.rule and shadow = added.shadow and state = 'raised' and at <= added.at
            order by at desc limit 2) as episode
        ) as changed
        join findings as raised on raised.id = changed.id
        cross join lateral newest_of_finding_episode(raised) as newest
        where findings.id = raised.id and findings.newest_id <> newest.id;
        return null;
      end $$;
      create trigger findings_episodes after insert on findings
        referencing new table as added for each statement execute function update_finding_episodes();

      create index finding_episodes on findings (at desc, id desc) where state = 'raised';
      create index finding_episodes_active on findings (at desc, id desc) where state = 'raised' and cleared_at is null;
      create index finding_episodes_of_device on findings (device_id, at desc, id desc) where state = 'raised';
      create index finding_episodes_by_severity on findings (newest_severity, at desc, id desc) where state = 'raised';
      create index finding_episodes_by_change on findings (newest_at desc, id desc) where state = 'raised';
      create index finding_episodes_shadow on findings (at desc, id desc) where state = 'raised' and shadow;
      create index desk_events_handled on desk_events (at) where handled;
    `.execute(db)
  },
}
