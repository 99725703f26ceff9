import { setTimeout as sleep } from 'node:timers/promises'
import { isAway } from '../../lib/is-away.ts'

export interface WaitingOptions<T> {
  /** What is away, in words; nothing when all is there. @throws what no waiting mends */
  look(): Promise<readonly string[]>
  /** Done when nothing is away. What fails because something went away meanwhile is done again later. */
  start(): Promise<T>
  say(text: string): void
  now: () => number
  /** Ends the waiting. */
  signal: AbortSignal
}

const firstPauseMs = 250
const longestPauseMs = 5_000
const sayAgainMs = 60_000

/**
 * Starts as soon as everything outside is there. Says what it waits for: at once when that changes, else once a minute.
 * @throws what `look` and `start` throw, unless it is that somebody is away; the signal's reason
 */
export async function startWhenThere<T>(options: WaitingOptions<T>): Promise<T> {
  const { look, start, signal } = options
  const tell = teller(options)
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    signal.throwIfAborted()
    const away = await look()
    tell(away)
    if (away.length === 0) {
      try {
        return await start()
      } catch (error) {
        if (!isAway(error)) throw error
        tell([error instanceof Error ? error.message : String(error)])
      }
    }
    await sleep(pauseMs, undefined, { signal })
  }
}

function teller({ say, now }: Pick<WaitingOptions<unknown>, 'say' | 'now'>) {
  let last = { text: '', at: Number.NEGATIVE_INFINITY }
  return (away: readonly string[]) => {
    const text = away.map((one) => `waiting: ${one}`).join('\n')
    if (text === last.text && now() - last.at < sayAgainMs) return
    if (text !== '') say(text)
    else if (last.text !== '') say('all that was away is there again')
    last = { text, at: now() }
  }
}
