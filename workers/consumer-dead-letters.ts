import { setTimeout as sleep } from 'node:timers/promises'
import { race } from '../lib/race.ts'
import type { RunningConsumer } from '../store/journal/consume.ts'
import type { DeadLetterRequestOutcome } from '../store/journal/dead-letter-requests.ts'
import type { DeadLetterEntry } from '../store/journal/journal.ts'
import {
  compareNewestFirst,
  type DeadLetter,
  type DeadLetterOutcome,
  type DeadLetterSource,
  extractDeviceId,
  isAfter,
} from './dead-letters.ts'

/** How long a request waits for its outcome; after that it is still processed, later. */
const outcomeTimeoutMs = 5_000

/** Create the source of the dead letters of a consumer of the journal. */
export function consumerDeadLetters(
  name: string,
  consumption: Pick<RunningConsumer, 'deadLetters' | 'retry' | 'drop'>,
): DeadLetterSource {
  return {
    name,
    async list({ limit, after }) {
      const deadLetters = await consumption.deadLetters()
      return deadLetters
        .map((deadLetter) => toDeadLetter(name, deadLetter))
        .filter((letter) => isAfter(letter, after))
        .sort(compareNewestFirst)
        .slice(0, limit)
    },
    retry: (key) => outcomeOrPending(consumption.retry(Number(key))),
    drop: (key) => outcomeOrPending(consumption.drop(Number(key))),
  }
}

function toDeadLetter(place: string, { offset, entry, error, attempts, at }: DeadLetterEntry): DeadLetter {
  return {
    id: `${place}:${offset}`,
    source: place,
    device: extractDeviceId(entry),
    error,
    attempts,
    at,
    content: entry,
  }
}

async function outcomeOrPending(request: Promise<DeadLetterRequestOutcome>): Promise<DeadLetterOutcome> {
  const answered = new AbortController()
  try {
    const outcome = await race([
      request,
      sleep(outcomeTimeoutMs, { is: 'waiting' } as const, { signal: answered.signal }),
    ])
    return outcome.is === 'stopped' ? { is: 'waiting' } : outcome
  } finally {
    answered.abort()
  }
}
