import { type Handlers, type Port, ThreadLink } from '../../../lib/threads/thread-link.ts'
import { EncodedState } from '../encoding.ts'
import type { Batch, Commit, Journal, StoredConsumer, StreamName, Streams } from '../journal.ts'
import type { JournalCalls, PackedCommit } from './journal-calls.ts'
import { packBytes, unpackBytes } from './packed.ts'

/** A journal that another thread uses. */
export interface ServedJournal {
  /** The other thread is gone. @returns when nothing that it has asked for is in work any more */
  end(reason: Error): Promise<void>
}

/** Do with a journal what another thread asks for on a port; it uses `connectJournal`. */
export function serveJournal(journal: Journal, port: Port): ServedJournal {
  const link = new ThreadLink<Record<never, never>, JournalCalls>(port, { handlers: createHandlers(journal) })
  return { end: (reason) => link.fail(reason) }
}

function createHandlers(journal: Journal): Handlers<JournalCalls> {
  const consumers = new Map<string, StoredConsumer<Streams[StreamName]>>()
  const find = (name: string) => {
    const consumer = consumers.get(name)
    if (consumer === undefined) throw new Error(`the consumer ${name} is not registered`)
    return consumer
  }
  return {
    append: ({ stream, entries, options }) =>
      journal.append(stream, entries as readonly Streams[StreamName][], options),
    waitForSpace: (_, signal) => journal.waitForSpace(signal),
    async register({ consumer, stream }) {
      consumers.set(consumer, await journal.consumer<StreamName>(consumer, stream))
    },
    scan: ({ stream, from }) => firstBatch(journal, stream, from),
    facts: (prefix) => journal.facts(prefix),
    tally: () => journal.tally(),
    info: () => journal.info(),
    history: () => journal.history(),
    close: () => journal.close(),
    cursor: ({ consumer }) => find(consumer).cursor(),
    async read({ consumer, from, max }, signal) {
      const { records, ...batch } = await find(consumer).encoded.read(from, max, signal)
      return { ...batch, records: packBytes(records) }
    },
    async states({ consumer, keys }) {
      const found = await find(consumer).encoded.states(keys)
      return { keys: [...found.keys()], states: packBytes([...found.values()]) }
    },
    deadLetters: ({ consumer }) => find(consumer).deadLetters(),
    commit: ({ consumer, commit }) => find(consumer).commit(unpackCommit(commit)),
  }
}

async function firstBatch(
  journal: Journal,
  stream: StreamName,
  from: number,
): Promise<Batch<Streams[StreamName]>> {
  for await (const batch of journal.scan(stream, from)) return batch
  return { from, next: from, entries: [] }
}

function unpackCommit({ state, ...commit }: PackedCommit): Commit<Streams[StreamName]> {
  const rest = commit as Commit<Streams[StreamName]>
  if (state === undefined) return rest
  const stored = unpackBytes(state.states)
  const all = new Map<string, unknown>(state.removed.map((key) => [key, undefined]))
  for (const [index, bytes] of stored.entries()) all.set(state.keys[index] ?? '', new EncodedState(bytes))
  return { ...rest, state: all }
}
