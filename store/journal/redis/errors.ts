/** Redis was not there, or did not answer, for as long as was waited for it. */
export class RedisAwayError extends Error {
  override readonly name = 'RedisAwayError'
}

/** The Redis that answers cannot carry the journal. The message says why, and how to mend it. */
export class RedisUnusableError extends Error {
  override readonly name = 'RedisUnusableError'
}

/** Redis would lose what it has confirmed: when the power fails, or when memory runs short. */
export class JournalNotDurableError extends Error {
  override readonly name = 'JournalNotDurableError'
}

/** The journal in Redis has another number of partitions than was asked for. */
export class JournalPartitionsError extends Error {
  override readonly name = 'JournalPartitionsError'
}
