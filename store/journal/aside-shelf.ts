import type { Aside, JournalConsumer } from './journal.ts'

/**
 * A consumer that has set aside so many waits with the next one: not entries are bad then but what handles them, and
 * somebody has to look. It also bounds what is kept.
 */
export const mostAside = 10_000

const longestWords = 2_000

/** What a consumer has set aside, in memory as in the journal: nobody else changes it. */
export class AsideShelf<E> {
  readonly #kept = new Map<number, Aside<E>>()

  async load(consumer: Pick<JournalConsumer<E>, 'asides'>): Promise<void> {
    for (const aside of await consumer.asides()) this.put(aside)
  }

  get isFull(): boolean {
    return this.#kept.size >= mostAside
  }

  /** By offset. */
  all(): Aside<E>[] {
    return [...this.#kept.values()].sort((a, b) => a.offset - b.offset)
  }

  get(offset: number): Aside<E> | undefined {
    return this.#kept.get(offset)
  }

  put(aside: Aside<E>): void {
    this.#kept.set(aside.offset, aside)
  }

  remove(offset: number): void {
    this.#kept.delete(offset)
  }
}

/** Why something could not be handled, as it is kept. */
export function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message || error.name : String(error)
  return words.slice(0, longestWords)
}

/** An entry could not be handled, and stands aside while the rest goes on. */
export class SetAsideError extends Error {
  override readonly name = 'SetAsideError'

  constructor({ offset, error, attempts }: Aside, options: ErrorOptions) {
    super(
      `entry ${offset} was set aside after ${attempts} attempts (forewarn dead-letters): ${error}`,
      options,
    )
  }
}

/** An entry would be set aside, but too many are already. */
export class ShelfFullError extends Error {
  override readonly name = 'ShelfFullError'

  constructor(offset: number, cause: unknown) {
    super(
      `entry ${offset} cannot be handled, and ${mostAside} are set aside already (forewarn dead-letters): ${wordsOf(cause)}`,
      { cause },
    )
  }
}
