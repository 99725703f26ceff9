import type { Failpoint } from '../../lib/failpoint.ts'

/**
 * The pass of each failpoint at which the program is killed: late enough to be in the midst of the traffic, early enough to
 * be reached in each run: on a slow machine all readings, and all findings, may be in one or two batches.
 */
export const programFailpoints = {
  'acceptance.before_append': 5,
  'acceptance.after_append': 6,
  'gateway.before_puback': 40,
  'journal.in_transaction': 30,
  'journal.after_commit': 40,
  'series.in_transaction': 1,
  'series.after_commit': 1,
  'rules.after_evaluation': 5,
  'rules.in_transaction': 1,
  'rules.after_report': 1,
  'rules.in_checkpoint': 1,
  'records.in_transaction': 3,
  'records.after_commit': 2,
  'relay.before_enqueue': 1,
  'relay.after_enqueue': 1,
  'findings.in_transaction': 1,
  'findings.after_commit': 1,
  'findings.after_enqueue': 1,
  'notices.before_send': 2,
  'notices.after_send': 3,
  'notices.after_ledger': 2,
} satisfies Partial<Record<Failpoint, number>>

export type ProgramFailpoint = keyof typeof programFailpoints

/** The passes of the failpoints of the service desk, whose commands and sweeps run in a process of their own. */
export const deskFailpoints = {
  'commands.in_transaction': [1, 3],
  'desk_events.in_transaction': [1, 3],
  'outbox.before_append': [1],
  'outbox.after_append': [1],
} satisfies Partial<Record<Failpoint, readonly number[]>>

export type DeskFailpoint = keyof typeof deskFailpoints
