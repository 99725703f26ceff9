import { ExpectedError } from '../../lib/expected-error.ts'
import type { DeadLetterEntry, JournalConsumer } from './journal.ts'

/**
 * Maximum number of dead letters of a consumer. At this number the consumer waits: the handler is then the more likely
 * cause than the entries, and an operator has to look. It also bounds the storage.
 */
export const maxDeadLetters = 10_000

const maxErrorCharacters = 2_000

/** Dead letters of one consumer, in memory and in the journal. Only the consumer changes them. */
export class DeadLetterStore<E> {
  readonly #entries = new Map<number, DeadLetterEntry<E>>()

  async load(consumer: Pick<JournalConsumer<E>, 'deadLetters'>): Promise<void> {
    for (const deadLetter of await consumer.deadLetters()) this.put(deadLetter)
  }

  get isFull(): boolean {
    return this.#entries.size >= maxDeadLetters
  }

  /** By offset. */
  all(): DeadLetterEntry<E>[] {
    return [...this.#entries.values()].sort((a, b) => a.offset - b.offset)
  }

  get(offset: number): DeadLetterEntry<E> | undefined {
    return this.#entries.get(offset)
  }

  put(deadLetter: DeadLetterEntry<E>): void {
    this.#entries.set(deadLetter.offset, deadLetter)
  }

  remove(offset: number): void {
    this.#entries.delete(offset)
  }
}

/** Return the error message to be stored with a dead letter. */
export function shortErrorMessage(error: unknown): string {
  const words = error instanceof Error ? error.message || error.name : String(error)
  return words.slice(0, maxErrorCharacters)
}

/** An entry could not be handled and became a dead letter; the rest continues. */
export class EntryDeadLetteredError extends ExpectedError {
  override readonly name = 'EntryDeadLetteredError'

  constructor({ offset, error, attempts }: DeadLetterEntry, options: ErrorOptions) {
    super(
      `entry ${offset} moved to the dead letters after ${attempts} attempts (forewarn dead-letters): ${error}`,
      options,
    )
  }
}

/** An entry would become a dead letter, but the maximum number is reached. */
export class DeadLetterStoreFullError extends ExpectedError {
  override readonly name = 'DeadLetterStoreFullError'

  constructor(offset: number, cause: unknown) {
    super(
      `entry ${offset} cannot be handled, and the maximum of ${maxDeadLetters} dead letters is reached (forewarn dead-letters): ${shortErrorMessage(cause)}`,
      { cause },
    )
  }
}
