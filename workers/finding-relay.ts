import type { Finding } from '../contract/finding.ts'
import type { Queues } from './queues.ts'

/** Keeps what is sent to the queue at once, evidence and all, to some hundred kilobytes. */
const bulk = 200

/**
 * Hands the journal's findings to the queue, each under its own id: a batch that comes again adds nothing. The journal's
 * cursor may move on when it has resolved.
 */
export async function relayFindings(
  queues: Pick<Queues, 'add'>,
  findings: readonly Finding[],
): Promise<void> {
  for (let from = 0; from < findings.length; from += bulk) {
    const jobs = findings.slice(from, from + bulk).map((finding) => ({ id: finding.id, data: finding }))
    await queues.add('findings', jobs)
  }
}
