import { setTimeout as sleep } from 'node:timers/promises'
import { Installation } from '../load/installation.ts'
import { LoadFleet } from '../load/load-fleet.ts'
import { type Sample, takeSample } from './sample.ts'

export interface SoakOptions {
  minutes: number
  /** Readings a second. */
  rate: number
  devices: number
  parts: 'embedded' | 'production'
  sampleEveryMs: number
  onSample(sample: Sample): void
  signal: AbortSignal
}

/** The program ended, or was silent, in a soak. */
export class SoakError extends Error {
  override readonly name = 'SoakError'
}

const dropEveryMs = 2_000
const minuteMs = 60_000
const mostMissing = 5

/**
 * Runs the built program under a load that stays the same, and looks at it from time to time. Also where it is aborted
 * it resolves with the samples so far.
 * @throws SoakError when the program ended, or did not answer several times in a row
 */
export async function soak(options: SoakOptions): Promise<Sample[]> {
  const installation = await Installation.start(options)
  try {
    return await underLoad(installation, options)
  } finally {
    await installation.stop()
  }
}

async function underLoad(installation: Installation, options: SoakOptions): Promise<Sample[]> {
  const { minutes, rate, devices } = options
  const longestMs = minutes * minuteMs
  const url = installation.mqttUrl
  const load = new LoadFleet({ url, rate, devices, uplinks: 'troubled', longestMs, dropEveryMs })
  try {
    await load.start()
    return await watch({ installation, load }, options)
  } finally {
    await load.close()
  }
}

async function watch(
  { installation, load }: { installation: Installation; load: LoadFleet },
  { minutes, sampleEveryMs, onSample, signal }: SoakOptions,
): Promise<Sample[]> {
  const samples: Sample[] = []
  const startedAt = Date.now()
  let missing = 0
  for (
    let next = startedAt;
    !signal.aborted && next <= startedAt + minutes * minuteMs;
    next += sampleEveryMs
  ) {
    await pause(next - Date.now(), signal)
    const sample = await takeSample(installation, load, startedAt)
    if (signal.aborted) break
    if (installation.program.unasked > 0)
      throw new SoakError(`the program ended: ${installation.program.said}`)
    missing = sample === undefined ? missing + 1 : 0
    if (missing > mostMissing) throw new SoakError(`no answer for long: ${installation.program.said}`)
    if (sample === undefined) continue
    samples.push(sample)
    onSample(sample)
  }
  return samples
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error
  })
}
