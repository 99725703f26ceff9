import type { Journal } from '../store/journal/journal.ts'
import { JournalFullError } from '../store/journal/journal.ts'

const EVERY_MS = 60_000

export interface Ticker {
  stop(): Promise<void>
}

/**
 * Writes the passing of time into the journal, where the rules read it as data: once a minute, in the order of
 * what was received. A full journal skips a tick: the next one says the same.
 */
export function startTicker(
  journal: Pick<Journal, 'append'>,
  now: () => number,
  onError: (error: unknown) => void,
): Ticker {
  let writing: Promise<unknown> = Promise.resolve()
  const tick = () => {
    writing = journal.append('telemetry', [{ type: 'tick', at: now() }]).catch((error: unknown) => {
      if (!(error instanceof JournalFullError)) onError(error)
    })
  }
  tick()
  const timer = setInterval(tick, EVERY_MS)
  return {
    stop: async () => {
      clearInterval(timer)
      await writing
    },
  }
}
