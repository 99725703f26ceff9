import type { Finding } from './finding.ts'

/**
 * Receives what the stages of the pipeline measure: durations, sizes and counts. Each function returns at once and never
 * throws. `…At` is in ms since 1970 UTC by the clock of the installation; `durationMs` comes from a monotonic clock.
 */
export interface Measurements {
  /** A message is durable in the journal, with whatever became of its content. */
  messageCommitted(receivedAt: number, committedAt: number): void
  /** A consumer of the journal has handled and committed a batch. */
  batchHandled(consumer: string, entries: number): void
  /** One call of a detector; called for a sample of the calls. */
  detectorCalled(detector: string, durationMs: number): void
  findingCommitted(committed: CommittedFinding): void
  /** A rule has never had an assessment of a device, because a metric that it needs does not arrive. */
  ruleInputMissing?(missing: MissingInput): void
  /** The job of a finding has written its ticket and these notices: none where it has no recipient, or waits. */
  findingRecorded(finding: string, notices: readonly string[]): void
  /** A notice waits on purpose, for the end of quiet hours. */
  noticePostponed(notice: string): void
  noticeAttempted(attempt: NoticeAttempt): void
  jobEnded(queue: string, outcome: JobOutcome, durationMs: number): void
}

/** Metric that a device does not send, and without which a rule cannot assess it. */
export interface MissingInput {
  device: string
  rule: string
  metric: string
}

/** A finding that is durable in the journal. */
export interface CommittedFinding {
  finding: Pick<Finding, 'id' | 'rule' | 'state' | 'shadow' | 'notice'>
  /** Of the device. */
  kind: string
  /**
   * When the entry that led to it was received, or was made where it did not come from a device. Undefined where the time
   * since then measures something else than the rules: a dead letter that was retried by hand.
   */
  causedAt: number | undefined
  committedAt: number
}

export interface NoticeAttempt {
  notice: string
  channel: string
  /**
   * `accepted`: the channel took it. `unreachable`: the channel works, and the recipient cannot get it now, or never.
   * Any other outcome of an attempt is not reported.
   */
  outcome: 'accepted' | 'unreachable'
  at: number
}

/** `postponed`: it is run again later, and that is no failed attempt. */
export type JobOutcome = 'done' | 'failed' | 'postponed'
