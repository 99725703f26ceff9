import { ExpectedError } from '../../../lib/expected-error.ts'

/** Redis was unavailable for the whole timeout. */
export class RedisUnavailableError extends ExpectedError {
  override readonly name = 'RedisUnavailableError'
}

/** This Redis cannot carry the journal. The message says why and how to fix it. */
export class RedisUnsuitableError extends ExpectedError {
  override readonly name = 'RedisUnsuitableError'
}

/** Redis may lose confirmed writes, at a power failure or when memory runs short. */
export class JournalNotDurableError extends ExpectedError {
  override readonly name = 'JournalNotDurableError'
}

/** The journal in Redis has another number of partitions than configured. */
export class JournalPartitionCountError extends ExpectedError {
  override readonly name = 'JournalPartitionCountError'
}
