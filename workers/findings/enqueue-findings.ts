import { createHash } from 'node:crypto'
import type { Finding } from '../../contract/finding.ts'
import type { RelayedFinding } from '../../desk/findings/handle-findings.ts'
import type { NewJob } from '../jobs.ts'
import type { Queues } from '../queues.ts'
import type { FindingLanes } from './finding-lanes.ts'

/**
 * Findings in one job, which are recorded in one transaction: more make each of them cheaper, and others wait longer for its
 * end.
 */
const maxFindingsOfJob = 100

/**
 * Add findings to the queue, in as few jobs as their lanes allow. Their ids are derived from the findings: the same list is
 * not added again while the queue has it. A finding that is cleared in the same list, as by the upload of a device that was
 * offline, carries the time of its end, so that no notice is sent.
 */
export async function enqueueFindings(
  queues: Pick<Queues, 'add'>,
  findings: readonly Finding[],
  lanes: FindingLanes,
): Promise<void> {
  const relayed = withEnds(findings)
  const jobs: NewJob<'findings'>[] = []
  for (const lane of lanes.split(relayed)) {
    for (let from = 0; from < lane.findings.length; from += maxFindingsOfJob)
      jobs.push(toJob(lane.findings.slice(from, from + maxFindingsOfJob), lane.priority))
  }
  await queues.add('findings', jobs)
}

/** Add findings to the queue, each as a job under its own id: one that it has already is not added again. */
export async function enqueueEachFinding(
  queues: Pick<Queues, 'add'>,
  findings: readonly Finding[],
): Promise<void> {
  for (let from = 0; from < findings.length; from += maxFindingsOfJob) {
    const jobs = withEnds(findings.slice(from, from + maxFindingsOfJob)).map((data) => ({
      id: data.id,
      data,
    }))
    await queues.add('findings', jobs)
  }
}

function toJob(findings: readonly RelayedFinding[], priority: number): NewJob<'findings'> {
  const [first] = findings
  if (findings.length === 1 && first !== undefined) return { id: first.id, data: first, priority }
  const ids = findings.map(({ id }) => id)
  const hash = createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, 20)
  return { id: `batch-${hash}`, data: { findings, priority }, priority, isKept: false }
}

function withEnds(findings: readonly Finding[]): RelayedFinding[] {
  const ends = new Map<string, number>()
  // Backwards: the end of a raised finding is the next cleared one of its rule.
  const relayed = findings.toReversed().map((finding): RelayedFinding => {
    const key = ruleAndPartKey(finding)
    if (finding.state === 'cleared') ends.set(key, finding.at)
    const endedAt = ends.get(key)
    return finding.state === 'raised' && endedAt !== undefined ? { ...finding, endedAt } : finding
  })
  return relayed.toReversed()
}

function ruleAndPartKey({ rule, device, component, epoch, shadow }: Finding): string {
  return JSON.stringify([rule, device, component, epoch, shadow === true])
}
