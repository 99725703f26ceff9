import type { Journal, StreamName } from '../journal.ts'
import { type JournalGap, locatePosition, readStreamPlace, type StoredPosition } from './locate-position.ts'

/** A gap, and the consumer (`series`, `records/1`) whose store it concerns. */
export interface ConsumerGap extends JournalGap {
  consumer: string
  stream: StreamName
}

export interface ResumeOptions {
  journal: Pick<Journal, 'info' | 'history'>
  stream: StreamName
  onGap(gap: JournalGap & { stream: StreamName }): void
}

/** Return the offset from which the store with this position continues; report what is missing in it or in the journal. */
export async function resumeFrom(
  position: StoredPosition,
  { journal, stream, onGap }: ResumeOptions,
): Promise<number> {
  const { start, gaps } = locatePosition(position, await readStreamPlace(journal, stream))
  for (const gap of gaps) onGap({ ...gap, stream })
  return start
}

/** Describe a gap on one line: what is missing where. */
export function describeGap({ consumer, stream, kind, from, to }: ConsumerGap): string {
  const entries = to === undefined ? `entries from ${from} on` : `entries ${from} to ${to}`
  const subject = `${consumer}: ${entries} of the ${stream} stream`
  switch (kind) {
    case 'trimmed':
      return `${subject} are missing: the store is older than what the journal still has`
    case 'journal_set_back':
      return `${subject} were lost by the journal, which was brought back from an older state; the store of ${consumer} has them`
    case 'journal_replaced':
      return `${subject} of an earlier journal were not read: another journal has taken its place`
  }
}
