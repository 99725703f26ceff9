import type { Insertable } from 'kysely'
import type { Evidence } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import type {
  DevicesTable,
  FindingsTable,
  IncidentsTable,
  NoticesTable,
  QuarantineTable,
  TicketsTable,
} from '../../store/records/schema.ts'

/** Present time of the tests. */
export const now = Date.UTC(2026, 5, 1, 12)
const evidence: Evidence = {
  detector: 'forecast',
  metric: 'battery_health_pct',
  unit: '%',
  value: 81.2,
  limit: 80,
  slopePerDay: -0.05,
  crossing: { p10: now + 20 * dayMs, p50: now + 24 * dayMs, p90: now + 30 * dayMs },
  points: [
    [now - dayMs, 81.3],
    [now, 81.2],
  ],
}

export function device(id: string, change: Partial<Insertable<DevicesTable>> = {}): Insertable<DevicesTable> {
  const at = new Date(now - 90 * dayMs)
  return {
    id,
    kind: 'robot_vacuum',
    model: 'RV-20',
    firmware: '2.1.0',
    owner_id: 'u-1',
    presence: 'online',
    first_seen: at,
    updated_at: at,
    ...change,
  }
}

export function ticket(id: string, change: Partial<Insertable<TicketsTable>> = {}): Insertable<TicketsTable> {
  const at = new Date(now)
  return {
    id,
    number: `FW-2026-${id}`,
    device_id: 'd-1',
    component: 'battery',
    epoch: 0,
    rule: 'robot_vacuum.battery_worn',
    severity: 'minor',
    sla: 'level3',
    part: 'battery',
    skill: null,
    condition: 'active',
    operator_state: 'unacknowledged',
    work_state: 'open',
    opened_at: at,
    evidence: JSON.stringify(evidence),
    created_at: at,
    updated_at: at,
    ...change,
  }
}

export function finding(id: string, ticketId: string): Insertable<FindingsTable> {
  return {
    id,
    device_id: 'd-1',
    component: 'battery',
    epoch: 0,
    rule: 'robot_vacuum.battery_worn',
    version: '1',
    state: 'raised',
    severity: 'minor',
    at: new Date(now),
    evidence: JSON.stringify(evidence),
    ticket_id: ticketId,
    owed_notice: null,
  }
}

export function incident(
  id: string,
  change: Partial<Insertable<IncidentsTable>> = {},
): Insertable<IncidentsTable> {
  const at = new Date(now)
  return {
    id,
    rule: 'robot_vacuum.battery_worn',
    kind: 'robot_vacuum',
    scope: 'firmware',
    subject: 'RV-20/2.1.0',
    severity: 'minor',
    threshold: 20,
    state: 'open',
    opened_at: at,
    last_at: at,
    devices: 2_000,
    folded: 1_960,
    created_at: at,
    updated_at: at,
    ...change,
  }
}

export function notice(id: string, findingId: string, ticketId: string): Insertable<NoticesTable> {
  const at = new Date(now)
  return {
    id,
    user_id: 'u-1',
    device_id: 'd-1',
    ticket_id: ticketId,
    finding_id: findingId,
    notice: 'battery_replacement',
    title: 'The battery is wearing out',
    body: 'Have it replaced within 24 days.',
    data: '{}',
    state: 'sent',
    attempts: 1,
    last_error: null,
    created_at: at,
    next_attempt_at: null,
    sent_at: at,
    delivered_at: null,
    inbox_at: null,
  }
}

export function quarantined(
  id: string,
  change: Partial<Insertable<QuarantineTable>> = {},
): Insertable<QuarantineTable> {
  return {
    id,
    received_at: new Date(now),
    topic: 'pm/v1/devices/d-1/telemetry',
    device_id: 'd-1',
    reason: 'not_json',
    detail: 'the payload is not JSON',
    payload: Buffer.from('{'),
    bytes: 401,
    ...change,
  }
}
