import { setTimeout as sleep } from 'node:timers/promises'
import type { Troubles } from '../health/troubles.ts'
import type { Figures } from './figures.ts'
import type { LiveView } from './terminal/live-view.ts'
import type { Forewarn } from './wiring.ts'

const EVERY_MS = 1_000
const PATIENCE_MS = 2_000

/** Gives the newest figures there are, within `patienceMs`; undefined while there were none yet. */
export type NewestFigures = (patienceMs: number) => Promise<Figures | undefined>

export interface WatchOptions {
  forewarn: Pick<Forewarn, 'httpUrl' | 'mqttUrl'>
  figures: NewestFigures
  /** What is wrong at this moment, in words; answers within two seconds. */
  wrong(): Promise<readonly string[]>
  view: LiveView
  troubles: Troubles
  simulatorSays(): string | undefined
  signal: AbortSignal
}

/** Shows the figures every second until told to stop. */
export async function watch(options: WatchOptions): Promise<void> {
  const { forewarn, figures, wrong, view, troubles, simulatorSays, signal } = options
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  while (!signal.aborted) {
    const seen = await Promise.race([Promise.all([figures(PATIENCE_MS), wrong()]), stopped])
    const [newest, troublesNow = []] = seen ?? []
    const simulator = simulatorSays()
    if (newest && !signal.aborted) {
      view.show({
        ...newest,
        address: forewarn.httpUrl,
        mqtt: forewarn.mqttUrl,
        troubles: [...troublesNow, ...newest.troubles, ...troubles.now()],
        ...(simulator !== undefined && { simulator }),
      })
    }
    await pause(EVERY_MS, signal)
  }
}

/** The figures cannot be counted: a part that some of them come from does not answer. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
}

/**
 * Counts the figures anew; while a part is away without which they cannot be counted, those counted before are the
 * newest. Nothing is asked again while its answer is still awaited.
 */
export function newestFigures(
  count: () => Promise<Figures>,
  onError: (error: unknown) => void,
): NewestFigures {
  let newest: Figures | undefined
  let asked: Promise<Figures> | undefined
  return async (patienceMs) => {
    asked ??= count().finally(() => {
      asked = undefined
    })
    const answered = new AbortController()
    const late = sleep(patienceMs, undefined, { signal: answered.signal }).then(() => {
      throw new NoAnswerError(`no answer within ${patienceMs / 1_000} s`)
    })
    try {
      newest = await Promise.race([asked, late])
    } catch (error) {
      onError(error)
    } finally {
      answered.abort()
    }
    return newest
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error
  })
}
