import type { Journal } from '../store/journal/journal.ts'
import { JournalFullError } from '../store/journal/journal.ts'

const tickIntervalMs = 60_000

/** Longest gap that does not count as one: no device reports so often, and brokers keep messages meanwhile. */
const maxGapMs = 3 * tickIntervalMs

/** Key of the listening window in the facts of the journal. */
const tickerFact = 'ticker'

export interface TickerOptions {
  journal: Pick<Journal, 'append' | 'facts'>
  now: () => number
  /** Tell whether messages from devices arrive at present. */
  isReceiving(): boolean
  /** Tell whether the clock can be believed. While it is certainly wrong, no time passes for the rules. */
  isClockBelieved(): boolean
  onError(error: unknown): void
}

export interface Ticker {
  stop(): Promise<void>
}

/** Time in which messages could arrive without a gap, ms since 1970 UTC. */
interface ListeningWindow {
  since: number
  until: number
}

/**
 * Write a tick into the journal once a minute, from which the rules read the time, in order with the messages
 * received. A full journal skips a tick: the next one has the same information.
 *
 * Each tick has the time since when messages could arrive. It starts again after a gap: the program did not run, the
 * machine slept, a broker was unavailable, the journal was full, the clock was set.
 */
export async function startTicker({
  journal,
  now,
  isReceiving,
  isClockBelieved,
  onError,
}: TickerOptions): Promise<Ticker> {
  const facts = await journal.facts(tickerFact)
  let listeningWindow = facts.get(tickerFact) as ListeningWindow | undefined
  let writing: Promise<unknown> = Promise.resolve()
  const tick = () => {
    writing = write().catch((error: unknown) => {
      if (!(error instanceof JournalFullError)) onError(error)
    })
  }
  async function write(): Promise<void> {
    if (!isClockBelieved()) return
    const at = now()
    // The distance: a clock that was set back has a gap, too, else the window would lie in the future.
    const { since: before, until } = listeningWindow ?? { since: at, until: at }
    const since = Math.abs(at - until) <= maxGapMs ? before : at
    const next = isReceiving() ? { since, until: at } : listeningWindow
    const options = next === undefined ? {} : { facts: new Map([[tickerFact, next]]) }
    await journal.append('telemetry', [{ type: 'tick', at, since }], options)
    listeningWindow = next
  }
  tick()
  const timer = setInterval(tick, tickIntervalMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await writing
    },
  }
}
