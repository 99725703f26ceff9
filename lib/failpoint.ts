/**
 * Moments between two durable steps, at which a process may die. The name says what has happened, or is about to, in the
 * component before the dot.
 */
export const failpoints = [
  'acceptance.before_append',
  'acceptance.after_append',
  'journal.in_transaction',
  'journal.after_commit',
  'gateway.before_puback',
  'series.in_transaction',
  'series.after_commit',
  'rules.after_evaluation',
  'rules.in_transaction',
  'rules.after_report',
  'rules.in_checkpoint',
  'records.in_transaction',
  'records.after_commit',
  'relay.before_enqueue',
  'relay.after_enqueue',
  'findings.in_transaction',
  'findings.after_commit',
  'findings.after_enqueue',
  'notices.before_send',
  'notices.after_send',
  'notices.after_ledger',
  'commands.in_transaction',
  'desk_events.in_transaction',
  'outbox.before_append',
  'outbox.after_append',
] as const

export type Failpoint = (typeof failpoints)[number]

/** Environment variable: `name:n` kills the process at the n-th pass of that failpoint. For tests; not a setting. */
export const failpointVariable = 'FOREWARN_FAILPOINT'

const armed = parseFailpoint(process.env[failpointVariable])
let passes = 0

/** Pass a failpoint. Where it is armed, the n-th pass ends the process as a power cut of the process would: by SIGKILL. */
export function passFailpoint(name: Failpoint): void {
  if (armed === undefined || armed.name !== name) return
  passes += 1
  if (passes === armed.pass) process.kill(process.pid, 'SIGKILL')
}

/**
 * Parse `name:n`.
 * @returns undefined for no text
 * @throws RangeError for an unknown name, and for a pass that is no whole number from 1: a test must not run without its fault
 */
export function parseFailpoint(text = ''): { name: Failpoint; pass: number } | undefined {
  if (text === '') return undefined
  const [given, pass = '1'] = text.split(':')
  const name = failpoints.find((each) => each === given)
  if (name === undefined || !/^[1-9]\d*$/.test(pass)) {
    throw new RangeError(
      `${failpointVariable}=${text} is no failpoint: give name:pass with one of ${failpoints.join(', ')}`,
    )
  }
  return { name, pass: Number(pass) }
}
