import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumption } from '../store/journal/consume.ts'
import type { Aside } from '../store/journal/journal.ts'
import type { WishOutcome } from '../store/journal/wishes.ts'
import {
  type DeadLetter,
  type DeadLetterOutcome,
  type DeadLetterPlace,
  deviceOf,
  isAfter,
  newestFirst,
} from './dead-letters.ts'

/** So long somebody waits for an answer; what is wished is done later all the same. */
const patienceMs = 5_000

/** What a consumer of the journal has set aside. */
export function deadLettersOfConsumer(
  name: string,
  consumption: Pick<Consumption, 'asides' | 'retry' | 'drop'>,
): DeadLetterPlace {
  return {
    name,
    async list({ limit, after }) {
      const letters = consumption.asides().map((aside) => toDeadLetter(name, aside))
      return letters
        .filter((letter) => isAfter(letter, after))
        .sort(newestFirst)
        .slice(0, limit)
    },
    retry: (key) => inTime(consumption.retry(Number(key))),
    drop: (key) => inTime(consumption.drop(Number(key))),
  }
}

function toDeadLetter(place: string, { offset, entry, error, attempts, at }: Aside): DeadLetter {
  return { id: `${place}:${offset}`, place, device: deviceOf(entry), error, attempts, at, content: entry }
}

async function inTime(wish: Promise<WishOutcome>): Promise<DeadLetterOutcome> {
  const answered = new AbortController()
  try {
    const outcome = await Promise.race([
      wish,
      sleep(patienceMs, { is: 'waiting' } as const, { signal: answered.signal }),
    ])
    return outcome.is === 'stopped' ? { is: 'waiting' } : outcome
  } finally {
    answered.abort()
  }
}
