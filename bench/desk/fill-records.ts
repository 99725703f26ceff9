import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import type { DeskParts } from './parts.ts'

/**
 * Fill the records with as many devices, owners, open tickets, findings and delivered notices, and a tenth as many incidents. The tickets
 * are of the last 60 days: their escalations have been recorded, or are days ahead.
 */
export async function fillRecords({ records }: DeskParts, count: number): Promise<void> {
  await deleteAllRecords(records)
  for (const statement of statements) {
    // In portions: one transaction of all rows would make PGlite grow by as much.
    for (let from = 0; from < count; from += 10_000)
      await records.pool.query(
        statement
          .replaceAll(':from', `${from}`)
          .replaceAll(':until', `${Math.min(count, from + 10_000) - 1}`),
      )
  }
  await records.pool.query('analyze')
}

const statements = [
  `insert into owners (id, created_at, region) select 'u-' || n, now(), 'DE' from generate_series(:from, :until) n`,
  `insert into devices (id, kind, model, firmware, owner_id, site, region, first_seen, updated_at)
   select 'rv-' || n, 'robot_vacuum', 'RV-' || n % 7, '2.' || n % 4 || '.0', 'u-' || n % 1000, 'house ' || n % 900, 'DE', now(), now()
   from generate_series(:from, :until) n`,
  `insert into incidents (id, rule, kind, scope, subject, severity, threshold, state, opened_at, last_at, devices, folded, created_at, updated_at)
   select 'i-' || n, 'rule_' || n % 50, 'robot_vacuum', 'kind', 'robot_vacuum', 'minor', 20, 'closed',
     now() - n * interval '5 minutes', now(), 40, 20, now(), now()
   from generate_series(:from, :until) n where n % 10 = 0`,
  `insert into tickets (id, number, device_id, component, epoch, rule, severity, sla, part, skill, condition, operator_state, work_state,
     opened_at, evidence, respond_by, responded_at, solve_by, created_at, updated_at)
   select 't-' || n, 'FW-2026-' || lpad(n::text, 6, '0'), 'rv-' || n, 'battery', 0, 'rule_' || n % 50, 'minor', 'level3', 'battery', 'power',
     'active', 'acknowledged', 'open', at, '{"detector":"threshold","points":[[1,2]]}', at + interval '24 hours', at + interval '1 hour',
     at + interval '72 hours', at, at
   from generate_series(:from, :until) n, lateral (select now() - case when n % 2 = 0 then n % 300 else 8640 + n % 77760 end * interval '1 minute' as at) as times`,
  `insert into escalations (ticket_id, clock, step, told, at)
   select id, 'solution', step, 'dispatcher', now() from tickets, unnest(array['at_risk', 'breached', 'overdue']) step
   where id in (select 't-' || n from generate_series(:from, :until) n) and solve_by < now() - interval '36 hours'`,
  `insert into ticket_history (ticket_id, step_id, at, actor, what, detail)
   select 't-' || n, 'f-' || n, now(), 'rules', 'finding_raised', '{}' from generate_series(:from, :until) n`,
  `insert into findings (id, device_id, component, epoch, rule, version, state, severity, at, evidence, ticket_id)
   select 'f-' || n, 'rv-' || n, 'battery', 0, 'rule_' || n % 50, '1', 'raised', 'minor', now() - n * interval '1 minute',
     '{"detector":"threshold","points":[[1,2]]}', 't-' || n
   from generate_series(:from, :until) n`,
  `insert into notices (id, user_id, device_id, ticket_id, finding_id, dedupe_key, notice, title, body, data, state, created_at)
   select 'n-' || n, 'u-' || n % 1000, 'rv-' || n, 't-' || n, 'f-' || n, 'f-' || n, 'battery_replacement', 'title', 'body', '{}', 'delivered',
     now() - n * interval '1 minute'
   from generate_series(:from, :until) n`,
]
