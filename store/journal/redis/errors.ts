/** Redis was not there, or did not answer, for as long as was waited for it. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError'
}

/** The Redis that answers cannot carry the journal. The message says why, and how to mend it. */
export class RedisUnsuitableError extends Error {
  override readonly name = 'RedisUnsuitableError'
}

/** Redis would lose what it has confirmed: when the power fails, or when memory runs short. */
export class JournalNotDurableError extends Error {
  override readonly name = 'JournalNotDurableError'
}

/** The journal in Redis has another number of partitions than was asked for. */
export class JournalPartitionCountError extends Error {
  override readonly name = 'JournalPartitionCountError'
}
