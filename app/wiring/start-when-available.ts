import { setTimeout as sleep } from 'node:timers/promises'
import { isUnavailable } from '../../lib/is-unavailable.ts'

export interface StartWhenAvailableOptions<T> {
  /** What is away, in words; nothing when all is there. @throws what no waiting mends */
  checkDependencies(): Promise<readonly string[]>
  /** Done when nothing is away. What fails because something went away meanwhile is done again later. */
  start(): Promise<T>
  say(text: string): void
  now: () => number
  /** Ends the waiting. */
  signal: AbortSignal
}

const initialBackoffMs = 250
const maxBackoffMs = 5_000
const repeatAfterMs = 60_000

/**
 * Starts as soon as everything outside is there. Says what it waits for: at once when that changes, else once a minute.
 * @throws what `look` and `start` throw, unless it is that somebody is away; the signal's reason
 */
export async function startWhenAvailable<T>(options: StartWhenAvailableOptions<T>): Promise<T> {
  const { checkDependencies: look, start, signal } = options
  const report = createWaitReporter(options)
  for (let backoffMs = initialBackoffMs; ; backoffMs = Math.min(2 * backoffMs, maxBackoffMs)) {
    signal.throwIfAborted()
    const unavailable = await look()
    report(unavailable)
    if (unavailable.length === 0) {
      try {
        return await start()
      } catch (error) {
        if (!isUnavailable(error)) throw error
        report([error instanceof Error ? error.message : String(error)])
      }
    }
    await sleep(backoffMs, undefined, { signal })
  }
}

function createWaitReporter({ say, now }: Pick<StartWhenAvailableOptions<unknown>, 'say' | 'now'>) {
  let last = { text: '', at: Number.NEGATIVE_INFINITY }
  return (away: readonly string[]) => {
    const text = away.map((one) => `waiting: ${one}`).join('\n')
    if (text === last.text && now() - last.at < repeatAfterMs) return
    if (text !== '') say(text)
    else if (last.text !== '') say('all that was away is there again')
    last = { text, at: now() }
  }
}
