import type { RunningConsumer } from '../../../store/journal/consume.ts'
import type { DeadLetterRequestOutcome } from '../../../store/journal/dead-letter-requests.ts'
import { consumerName, type Partitions } from '../../../store/journal/partitions.ts'
import { NoAnswerError } from '../../../store/journal/redis/shared/calls.ts'
import type { SharedPartition } from '../../../store/journal/redis/shared/shared-partition.ts'
import { journalWriters } from '../../../store/journal/redis/shared/writers.ts'
import { consumerDeadLetters } from '../../../workers/consumer-dead-letters.ts'
import type { DeadLetterSource } from '../../../workers/dead-letters.ts'

interface DeadLetterCall {
  action: 'retry' | 'drop'
  offset: number
}

const callTimeoutMs = 5_000
const consumerNames = Object.values(journalWriters).flatMap(({ consumers }) => Object.keys(consumers))

/** Retry and drop dead letters of a consumer of this process, as other processes ask. */
export function serveDeadLetters(
  shared: SharedPartition,
  name: string,
  consumer: Pick<RunningConsumer, 'retry' | 'drop'>,
  options: { signal: AbortSignal; onError(error: unknown): void },
): void {
  const handle = (request: unknown) => {
    const { action, offset } = request as DeadLetterCall
    return action === 'retry' ? consumer.retry(offset) : consumer.drop(offset)
  }
  void shared.calls.serve(name, handle, options).catch(options.onError)
}

/** Return the dead letters of all consumers, which the processes that run them retry or drop. */
export function sharedDeadLetters(
  partitions: readonly SharedPartition[],
  readers: Partitions,
): DeadLetterSource[] {
  return partitions.flatMap(({ journal, calls }, partition) =>
    consumerNames.map((name) => {
      const full = consumerName(name, partition, readers)
      const ask = async (request: DeadLetterCall): Promise<DeadLetterRequestOutcome> => {
        try {
          return (await calls.call(name, request, callTimeoutMs)) as DeadLetterRequestOutcome
        } catch (error) {
          // The consumer is not running; the dead letter stays.
          if (error instanceof NoAnswerError) return { is: 'stopped' }
          throw error
        }
      }
      return consumerDeadLetters(full, {
        deadLetters: () => journal.deadLetters(name),
        retry: (offset) => ask({ action: 'retry', offset }),
        drop: (offset) => ask({ action: 'drop', offset }),
      })
    }),
  )
}
