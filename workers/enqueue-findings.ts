import type { Finding } from '../contract/finding.ts'
import type { RelayedFinding } from '../desk/tickets/handle-finding.ts'
import type { Queues } from './queues.ts'

/** Limits one request to the queue, evidence included, to some hundred kilobytes. */
const enqueueBatchSize = 200

/**
 * Add findings to the queue, each under its own id: one that it has already is not added again. A finding that is cleared
 * in the same batch, as by the upload of a device that was offline, carries the time of its end, so that no
 * notice is sent.
 */
export async function enqueueFindings(
  queues: Pick<Queues, 'add'>,
  findings: readonly Finding[],
): Promise<void> {
  for (let from = 0; from < findings.length; from += enqueueBatchSize) {
    const jobs = findings
      .slice(from, from + enqueueBatchSize)
      .map((finding, index) => ({ id: finding.id, data: withEnd(finding, findings.slice(from + index)) }))
    await queues.add('findings', jobs)
  }
}

function withEnd(finding: Finding, followers: readonly Finding[]): RelayedFinding {
  if (finding.state !== 'raised') return finding
  const end = followers.find((other) => other.state === 'cleared' && isOfSameRule(finding, other))
  return end === undefined ? finding : { ...finding, endedAt: end.at }
}

function isOfSameRule(one: Finding, other: Finding): boolean {
  return (
    one.rule === other.rule &&
    one.device === other.device &&
    one.component === other.component &&
    one.epoch === other.epoch &&
    one.shadow === other.shadow
  )
}
