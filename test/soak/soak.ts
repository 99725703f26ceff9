import { abortableSleep } from '../../lib/abortable-sleep.ts'
import { minuteMs } from '../../lib/time.ts'
import { Installation } from '../load/installation.ts'
import { LoadFleet } from '../load/load-fleet.ts'
import { type Sample, takeSample } from './sample.ts'

export interface SoakOptions {
  minutes: number
  /** Readings a second. */
  rate: number
  devices: number
  parts: 'embedded' | 'production'
  sampleIntervalMs: number
  onSample(sample: Sample): void
  signal: AbortSignal
}

export interface SoakResult {
  samples: Sample[]
  /** Times that the program did not answer in time. */
  unanswered: number
  /** What the program said last, where it ended before it was told to. */
  ended?: string
}

const dropIntervalMs = 2_000
/**
 * Little room for garbage and for pages of files, so that both are full within the warm-up: given more, they fill for
 * hours, and that looks like a leak, or hides one.
 */
const smallCaches = { NODE_OPTIONS: '--max-old-space-size=128', FOREWARN_SERIES_MEMORY: '64MiB' }

/**
 * Runs the built program under a load that stays the same, and looks at it from time to time. Where it is aborted, or
 * the program ends, it resolves with the samples so far.
 */
export async function runSoakLoad(options: SoakOptions): Promise<SoakResult> {
  const installation = await Installation.start({ profile: options.parts, env: smallCaches })
  try {
    return await runUnderLoad(installation, options)
  } finally {
    await installation.stop()
  }
}

async function runUnderLoad(installation: Installation, options: SoakOptions): Promise<SoakResult> {
  const { minutes, rate, devices } = options
  const longestMs = minutes * minuteMs
  const url = installation.mqttUrl
  const load = new LoadFleet({
    url,
    rate,
    devices,
    timestampMode: 'years',
    maxDurationMs: longestMs,
    dropIntervalMs,
  })
  try {
    await load.start()
    return await collectSamples({ installation, load }, options)
  } finally {
    await load.close()
  }
}

async function collectSamples(
  { installation, load }: { installation: Installation; load: LoadFleet },
  { minutes, sampleIntervalMs, onSample, signal }: SoakOptions,
): Promise<SoakResult> {
  const { program } = installation
  const samples: Sample[] = []
  const startedAt = Date.now()
  const end = startedAt + minutes * minuteMs
  let unanswered = 0
  for (let next = startedAt; next <= end; next += sampleIntervalMs) {
    await abortableSleep(next - Date.now(), signal)
    const sample = await takeSample(installation, load, startedAt)
    if (signal.aborted) break
    if (program.unexpectedExits > 0) return { samples, unanswered, ended: program.stderrTail }
    if (sample === undefined) unanswered += 1
    else {
      samples.push(sample)
      onSample(sample)
    }
  }
  return { samples, unanswered }
}
