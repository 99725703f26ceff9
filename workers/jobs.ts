import type { RelayedFinding } from '../desk/tickets/handle-finding.ts'

/** Data of a job of each queue. */
export interface JobData {
  findings: RelayedFinding
  notices: { notice: string }
  sweep: Record<string, never>
}

export type QueueName = keyof JobData
export const queueNames: readonly QueueName[] = ['findings', 'notices', 'sweep']

/** Prefix of the queues' keys in Redis. */
export const queuePrefix = 'forewarn'

export interface NewJob<N extends QueueName> {
  /** Deterministic: while the queue stores a job with this id, another one is not added. Without `:`. */
  id: string
  data: JobData[N]
}
