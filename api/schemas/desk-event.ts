import type { DeskEventType } from '../../desk/desk-events.ts'

/** Every type, each once: the compiler reports a missing one. */
const allTypes: Record<DeskEventType, true> = {
  ticket_changed: true,
  ticket_opened: true,
  escalated: true,
  offer_made: true,
  offer_answered: true,
  no_technician_available: true,
  visit_booked: true,
  part_reserved: true,
  part_missing: true,
  stock_low: true,
  owner_answered: true,
  survey_answered: true,
  rule_flagged: true,
  rule_flag_closed: true,
  finding_raised: true,
  finding_updated: true,
  finding_cleared: true,
}

export const eventTypes = Object.keys(allTypes) as [DeskEventType, ...DeskEventType[]]
