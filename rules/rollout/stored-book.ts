import { z } from 'zod'
import type { RulesEntry } from '../../contract/entry.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { emptyBook, type Rulebook } from './rulebook.ts'

const factKey = 'rules/book'

const version = z.object({ file: z.string(), text: z.string(), name: z.string(), version: z.string() })

const book: z.ZodType<Rulebook> = z.object({
  at: z.number(),
  live: z.array(version),
  shadow: z.array(version.extend({ since: z.number() })),
  folder: z.record(z.string(), z.string()),
})

export async function loadBook(journal: Pick<Journal, 'facts'>): Promise<Rulebook> {
  const fact = (await journal.facts(factKey)).get(factKey)
  return fact === undefined ? emptyBook : book.parse(fact)
}

/** The entry and the book that it makes, in one commit: what is asked for next builds on what was asked for before. */
export async function saveBook(
  journal: Pick<Journal, 'append'>,
  after: Rulebook,
  entry: RulesEntry | undefined,
): Promise<void> {
  await journal.append('telemetry', entry ? [entry] : [], { facts: new Map([[factKey, after]]) })
}
