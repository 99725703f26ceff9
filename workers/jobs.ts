import type { RelayedFinding } from '../desk/findings/handle-findings.ts'

/** Findings that are recorded in one transaction. */
interface FindingBatch {
  findings: readonly RelayedFinding[]
  /** As of the job: their notices have the same. */
  priority: number
}

/** Data of a job of each queue. */
export interface JobData {
  findings: RelayedFinding | FindingBatch
  notices: { notice: string }
  sweep: Record<string, never>
}

/** Return the findings of a job: those of a batch, or the only one. */
export function findingsOf(job: JobData['findings']): readonly RelayedFinding[] {
  return 'findings' in job ? job.findings : [job]
}

export type QueueName = keyof JobData
export const queueNames: readonly QueueName[] = ['findings', 'notices', 'sweep']

/** Prefix of the queues' keys in Redis. */
export const queuePrefix = 'forewarn'

export interface NewJob<N extends QueueName> {
  /** Deterministic: while the queue stores a job with this id, another one is not added. Without `:`. */
  id: string
  data: JobData[N]
  /** Jobs of a smaller number are handled first. Default 0, the first. */
  priority?: number
  /** Whether the completed job is kept for inspection, as its queue does. Default true. */
  isKept?: boolean
}
