import type { DeadLetterEntry, JournalConsumer } from './journal.ts'

/**
 * A consumer that has set aside so many waits with the next one: not entries are bad then but what handles them, and
 * somebody has to look. It also bounds what is kept.
 */
export const maxDeadLetters = 10_000

const maxErrorCharacters = 2_000

/** What a consumer has set aside, in memory as in the journal: nobody else changes it. */
export class DeadLetterStore<E> {
  readonly #entries = new Map<number, DeadLetterEntry<E>>()

  async load(consumer: Pick<JournalConsumer<E>, 'deadLetters'>): Promise<void> {
    for (const aside of await consumer.deadLetters()) this.put(aside)
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

  put(aside: DeadLetterEntry<E>): void {
    this.#entries.set(aside.offset, aside)
  }

  remove(offset: number): void {
    this.#entries.delete(offset)
  }
}

/** Why something could not be handled, as it is kept. */
export function shortErrorMessage(error: unknown): string {
  const words = error instanceof Error ? error.message || error.name : String(error)
  return words.slice(0, maxErrorCharacters)
}

/** An entry could not be handled, and stands aside while the rest goes on. */
export class EntryDeadLetteredError extends Error {
  override readonly name = 'EntryDeadLetteredError'

  constructor({ offset, error, attempts }: DeadLetterEntry, options: ErrorOptions) {
    super(
      `entry ${offset} was set aside after ${attempts} attempts (forewarn dead-letters): ${error}`,
      options,
    )
  }
}

/** An entry would be set aside, but too many are already. */
export class DeadLetterStoreFullError extends Error {
  override readonly name = 'DeadLetterStoreFullError'

  constructor(offset: number, cause: unknown) {
    super(
      `entry ${offset} cannot be handled, and ${maxDeadLetters} are set aside already (forewarn dead-letters): ${shortErrorMessage(cause)}`,
      { cause },
    )
  }
}
