import type { Failpoint } from '../../lib/failpoint.ts'

/**
 * The pass of each failpoint at which the program is killed, by test file: late enough to be in the midst of the traffic,
 * early enough to be reached in each run.
 */
export const programFailpoints = {
  acceptance: { 'acceptance.before_append': 5, 'acceptance.after_append': 6 },
  gateway: { 'gateway.before_puback': 40 },
  journal: { 'journal.in_transaction': 30, 'journal.after_commit': 40 },
  series: { 'series.in_transaction': 2, 'series.after_commit': 3 },
  rules: { 'rules.after_evaluation': 5 },
  records: { 'records.in_transaction': 3, 'records.after_commit': 2 },
  relay: { 'relay.before_enqueue': 2, 'relay.after_enqueue': 2 },
  tickets: { 'findings.in_transaction': 3, 'findings.after_commit': 2 },
  'notice-queue': { 'findings.after_enqueue': 4 },
  notices: { 'notices.before_send': 2, 'notices.after_send': 3 },
  ledger: { 'notices.after_ledger': 2 },
} satisfies Record<string, Partial<Record<Failpoint, number>>>

/** The same for the service desk, whose commands and sweeps run in a process of their own. */
export const deskFailpoints = {
  'commands.in_transaction': [1, 3],
  'desk_events.in_transaction': [1, 3],
  'outbox.before_append': [1],
  'outbox.after_append': [1],
} satisfies Partial<Record<Failpoint, readonly number[]>>

export type FailpointGroup = keyof typeof programFailpoints
