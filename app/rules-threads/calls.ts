import type { MessagePort } from 'node:worker_threads'
import type { SentError } from '../../lib/threads/sent-error.ts'
import type { RuleMeasurements } from '../../rules/consumer/rules-consumer.ts'
import type { DeadLetterRequest, DeadLetterRequestOutcome } from '../../store/journal/dead-letter-requests.ts'
import type { DeadLetterEntry } from '../../store/journal/journal.ts'
import type { RetryStatus } from '../../store/journal/retry-loop.ts'

/** What a thread is started with. */
export interface RulesThreadData {
  plugins: readonly string[]
  kindFolders: readonly string[]
  /** A port to the journal of each partition. */
  journals: readonly MessagePort[]
  /** Partitions whose rules the thread evaluates. */
  partitions: readonly number[]
}

/** What the main thread asks of a rules thread. */
export type RulesThreadCalls = {
  /** Begin to evaluate a partition. */
  start(argument: { partition: number }): void
  /** End; resolve when everything is committed or given up. */
  stop(): void
  deadLetters(argument: { partition: number }): DeadLetterEntry[]
  settle(argument: { partition: number; request: DeadLetterRequest }): DeadLetterRequestOutcome
}

/** What a rules thread tells the main thread. */
export type MainThreadCalls = {
  failed(argument: { partition: number; error: SentError }): void
  statusChanged(argument: {
    partition: number
    status: Omit<RetryStatus, 'lastError'>
    lastError: SentError
  }): void
  /** The consumer of a partition has ended for good before it was told to. */
  ended(argument: { partition: number; error: SentError }): void
  measured(argument: Measured): void
}

/** A measurement and its arguments. */
export type Measured = {
  [K in keyof RuleMeasurements]-?: {
    method: K
    args: Parameters<NonNullable<RuleMeasurements[K]>>
  }
}[keyof RuleMeasurements]
