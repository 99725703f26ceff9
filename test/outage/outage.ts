import { setTimeout as sleep } from 'node:timers/promises'
import { remoteHistory } from '../../evaluation/backtest/remote-history.ts'
import { minuteMs } from '../../lib/time.ts'
import { LoadFleet } from '../load/load-fleet.ts'
import {
  type DisruptedComponent,
  type DisruptedInstallation,
  type DisruptionMode,
  startDisruptedInstallation,
} from './disruption.ts'
import { maxLag, type OutageSample, takeOutageSample } from './sample.ts'

/** Device → time of a reading, ms → number of its values. */
type Readings = ReadonlyMap<string, ReadonlyMap<number, number>>

interface Comparison {
  acknowledged: number
  /** Acknowledged readings that are not in the series, or not with all their values. */
  lost: number
  /** Those that are. */
  found: number
  /** Some of the lost ones: the device, and the time of the reading. */
  missing: string[]
}

const maxListedMissing = 10

/** Looks for all that was acknowledged among what a running program has stored. */
async function compareWithStored(acknowledged: Readings, httpUrl: string): Promise<Comparison> {
  const expected = [...acknowledged.values()].reduce((total, times) => total + times.size, 0)
  const history = await remoteHistory(httpUrl)
  const left = new Map([...acknowledged].map(([device, times]) => [device, new Map(times)]))
  let found = 0
  for await (const readings of history.readings({ from: 0, to: Date.now() })) {
    for (const { device, ts, values } of readings) {
      const count = left.get(device)?.get(ts)
      if (count === undefined || Object.keys(values).length < count) continue
      left.get(device)?.delete(ts)
      found += 1
    }
  }
  const missing = [...left].flatMap(([device, times]) =>
    [...times.keys()].map((ts) => `${device} at ${new Date(ts).toISOString()}`),
  )
  return { acknowledged: expected, found, lost: missing.length, missing: missing.slice(0, maxListedMissing) }
}

export interface OutageOptions {
  component: DisruptedComponent
  mode: DisruptionMode
  /** How long the part is away. */
  minutes: number
  /** Readings a second. */
  rate: number
  devices: number
  warmUpSeconds: number
  onSample(phase: string, moment: OutageSample): void
  signal: AbortSignal
}

/** What was measured; the report is made of it. */
export interface OutageResult extends Comparison {
  /** How it went before, while the part was away, and from its return until all was as before. */
  before: readonly OutageSample[]
  during: readonly OutageSample[]
  after: readonly OutageSample[]
  /** Readings that the journal took. */
  stored: number
  duplicateNotices: number
  /** Times that the program ended by itself, and was started again. */
  restarts: number
}

/** It did not catch up in time, or was interrupted. */
class OutageError extends Error {
  override readonly name = 'OutageError'
}

const sampleIntervalMs = 1_000
const brokerIdleMs = 30_000

/**
 * Takes one part away for a while under a load that goes on, brings it back, and looks for all that was acknowledged.
 * @throws OutageError when it does not catch up, or the signal aborts
 */
export async function runOutage(options: OutageOptions): Promise<OutageResult> {
  const disturbed = await startDisruptedInstallation(options.component, options.mode)
  try {
    const { rate, devices, minutes } = options
    const longestMs = 4 * (minutes + 5) * minuteMs
    const url = disturbed.installation.mqttUrl
    const load = new LoadFleet({ url, rate, devices, timestampMode: 'now', maxDurationMs: longestMs })
    try {
      await load.start()
      return await runPhases(disturbed, load, options)
    } finally {
      await load.close()
    }
  } finally {
    await disturbed.stop()
  }
}

async function runPhases(
  disturbed: DisruptedInstallation,
  load: LoadFleet,
  options: OutageOptions,
): Promise<OutageResult> {
  const { installation } = disturbed
  const { component, rate, minutes, warmUpSeconds } = options
  const awayMs = minutes * minuteMs
  const look = (phase: string, ms: number, until?: StopCondition) =>
    observePhase({ phase, ms, until, takeSample: () => takeOutageSample(installation, load) }, options)

  const before = await look('before', warmUpSeconds * 1_000)
  await disturbed.disrupt()
  const away = await look(`without ${component}`, awayMs)
  await disturbed.restore()
  const timeoutMs = 2 * awayMs + 5 * minuteMs
  const after = await look('catching up', timeoutMs, (moment) => hasCaughtUp(moment, rate))

  // A failure is not reported here: `last` is never true, and the wait for it ends with what is wrong.
  let last = false
  load.finish().then(
    () => {
      last = true
    },
    () => undefined,
  )
  const isOver = createIdleDetector()
  const [end] = (await look('draining', timeoutMs, (moment) => last && isOver(moment))).slice(-1)
  return {
    before,
    during: away,
    after,
    stored: end?.metrics?.stored ?? 0,
    duplicateNotices: load.counts().duplicateNotices,
    restarts: installation.program.unexpectedExits,
    ...(await compareWithStored(load.acknowledged(), installation.program.httpUrl)),
  }
}

type StopCondition = (moment: OutageSample) => boolean

interface OutagePhase {
  phase: string
  ms: number
  /** Ends it before, when it holds twice in a row; then it has to. */
  until: StopCondition | undefined
  takeSample(): Promise<OutageSample>
}

/** @throws OutageError */
async function observePhase(
  { phase, ms, until, takeSample }: OutagePhase,
  { onSample, signal }: OutageOptions,
): Promise<OutageSample[]> {
  const moments: OutageSample[] = []
  const end = Date.now() + ms
  let held = 0
  while (Date.now() < end) {
    const newest = await takeSample()
    if (signal.aborted) throw new OutageError('interrupted')
    moments.push(newest)
    onSample(phase, newest)
    held = until?.(newest) ? held + 1 : 0
    if (held === 2) return moments
    await sleep(Math.max(0, Math.min(newest.at + sampleIntervalMs, end) - Date.now()))
  }
  if (until === undefined) return moments
  const { failedChecks = [], ...rest } = moments.at(-1) ?? {}
  throw new OutageError(`${phase} did not end: ${[...failedChecks, JSON.stringify(rest)].join('; ')}`)
}

/** What arrives in a second may be under way at any moment, under a load that goes on. */
function hasCaughtUp(moment: OutageSample, rate: number): boolean {
  return maxLag(moment) <= rate && moment.load.ackDelayMs < 2 * sampleIntervalMs
}

/**
 * What the devices were acknowledged by a broker may not have left it yet, and the program knows nothing of it: when
 * less is stored than was sent, idleness has to last before it counts as the end.
 */
function createIdleDetector(): StopCondition {
  let since: number | undefined
  return (moment) => {
    const { at, metrics, failedChecks, load } = moment
    const isIdle = maxLag(moment) === 0 && metrics?.jobs.open === 0 && failedChecks.length === 0
    since = isIdle ? (since ?? at) : undefined
    return since !== undefined && (metrics?.stored === load.readings || at - since >= brokerIdleMs)
  }
}
