import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage } from '../../lib/error-message.ts'
import { isUnavailable } from '../../lib/is-unavailable.ts'
import { race } from '../../lib/race.ts'
import type { StartupWait } from '../options.ts'

export interface StartWhenAvailableOptions<T> extends StartupWait {
  /** Describe each service that is unavailable; empty when all are available. @throws errors that waiting cannot fix */
  checkDependencies(): Promise<readonly string[]>
  /** Run when every service is available, and again when it fails because one has become unavailable. */
  start(): Promise<T>
  now: () => number
}

const initialBackoffMs = 250
const maxBackoffMs = 5_000
const repeatAfterMs = 60_000

/**
 * Start as soon as every service is available. Log what is waited for: at once when that changes, else once a minute.
 * @throws errors of `checkDependencies` and `start` other than an unavailable service; the signal's reason
 */
export async function startWhenAvailable<T>(options: StartWhenAvailableOptions<T>): Promise<T> {
  const { checkDependencies, start, signal } = options
  const report = createWaitReporter(options)
  for (let backoffMs = initialBackoffMs; ; backoffMs = Math.min(2 * backoffMs, maxBackoffMs)) {
    signal.throwIfAborted()
    const unavailable = await checkDependencies()
    report(unavailable)
    if (unavailable.length === 0) {
      try {
        return await start()
      } catch (error) {
        if (!isUnavailable(error)) throw error
        report([errorMessage(error)])
      }
    }
    await sleep(backoffMs, undefined, { signal })
  }
}

/** Return the outcome of a start. @throws the signal's reason as soon as it aborts, whatever the start waits for */
export async function untilAborted<T>(starting: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return starting
  if (signal.aborted) {
    starting.catch(() => undefined) // What it has started is stopped again.
    throw signal.reason
  }
  let stopListening = () => {}
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    stopListening = () => signal.removeEventListener('abort', abort)
  })
  try {
    return await race<Promise<T>>([starting, aborted])
  } finally {
    stopListening()
  }
}

function createWaitReporter({ log, now }: Pick<StartWhenAvailableOptions<unknown>, 'log' | 'now'>) {
  let last = { text: '', at: Number.NEGATIVE_INFINITY }
  return (unavailable: readonly string[]) => {
    const text = unavailable.map((service) => `waiting: ${service}`).join('\n')
    if (text === last.text && now() - last.at < repeatAfterMs) return
    if (text !== '') log.warn(text, { event: 'waiting' })
    else if (last.text !== '') log.info('all services are available', { event: 'services_available' })
    last = { text, at: now() }
  }
}
