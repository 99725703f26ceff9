import type { Partitions } from '../../store/journal/partitions.ts'
import { entryBetween } from './rulebook.ts'
import { loadBook, saveBook } from './stored-book.ts'

/**
 * Gives every partition the rules of the first one, which is told of each change last: a crash in between has left some
 * with a change that nobody was told had come about, and a new partition has none.
 * @throws JournalFullError, JournalWriteError
 */
export async function alignBooks([first, ...others]: Partitions, now: number): Promise<void> {
  const book = await loadBook(first)
  for (const journal of others) {
    const before = await loadBook(journal)
    const at = Math.max(now, before.at + 1)
    const entry = entryBetween(before, book, { by: 'start', why: 'start', at })
    if (entry !== undefined) await saveBook(journal, { ...book, at }, entry)
  }
}
