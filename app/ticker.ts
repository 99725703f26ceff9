import type { Journal } from '../store/journal/journal.ts'
import { JournalFullError } from '../store/journal/journal.ts'

const tickIntervalMs = 60_000

/** A break shorter than this silences nobody: no device reports so often, and brokers keep what comes meanwhile. */
const maxGapMs = 3 * tickIntervalMs

/** Where the journal keeps when devices were heard. */
const tickerFact = 'ticker'

export interface TickerOptions {
  journal: Pick<Journal, 'append' | 'facts'>
  now: () => number
  /** Whether what devices send arrives at this moment. */
  isReceiving(): boolean
  onError(error: unknown): void
}

export interface Ticker {
  stop(): Promise<void>
}

/** From when to when devices could be heard without a break, ms. */
interface ListeningWindow {
  since: number
  until: number
}

/**
 * Writes the passing of time into the journal, where the rules read it as data: once a minute, in the order of
 * what was received. A full journal skips a tick: the next one says the same.
 *
 * Each tick says since when devices could be heard. That begins anew after a break: this program did not run or the
 * machine slept, a broker was away, the journal was full.
 */
export async function startTicker({
  journal,
  now,
  isReceiving: isListening,
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
    const at = now()
    const since =
      listeningWindow !== undefined && at - listeningWindow.until <= maxGapMs ? listeningWindow.since : at
    const next = isListening() ? { since, until: at } : listeningWindow
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
