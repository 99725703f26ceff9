import { type Journal, JournalFullError } from '../journal.ts'
import { entries } from './entries.ts'

export interface JournalLimits {
  maxBytes: number
  keepEntries: number
}

/** An empty journal with storage of its own. */
export interface JournalFixture {
  journal: Journal
  /** Close the journal and open it again. */
  reopen(): Promise<Journal>
  destroy(): Promise<void>
}

/** Append until the journal is full; return its head. */
export async function fillJournal(journal: Journal): Promise<number> {
  let head = 0
  while (head < 1_000_000) {
    try {
      head = await journal.append('telemetry', entries(head, head + 100))
    } catch (error) {
      if (error instanceof JournalFullError) return head
      throw error
    }
  }
  throw new Error('the journal never became full')
}
