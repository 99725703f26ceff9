import { setTimeout as sleep } from 'node:timers/promises'
import { servedHistory } from '../../evaluation/backtest/served-history.ts'
import { minuteMs } from '../../lib/time.ts'
import { LoadFleet } from '../load/load-fleet.ts'
import { type Disturbed, type Part, startDisturbed, type Way } from './disturbed.ts'
import { greatestLag, type Moment, momentOf } from './moment.ts'

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

const mostNamed = 10

/** Looks for all that was acknowledged among what a running program has stored. */
async function compareWithStored(acknowledged: Readings, httpUrl: string): Promise<Comparison> {
  const expected = [...acknowledged.values()].reduce((total, times) => total + times.size, 0)
  const history = await servedHistory(httpUrl)
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
  return { acknowledged: expected, found, lost: missing.length, missing: missing.slice(0, mostNamed) }
}

export interface OutageOptions {
  part: Part
  way: Way
  /** How long the part is away. */
  minutes: number
  /** Readings a second. */
  rate: number
  devices: number
  warmUpSeconds: number
  onMoment(phase: string, moment: Moment): void
  signal: AbortSignal
}

/** What was measured; the report is made of it. */
export interface Outage extends Comparison {
  /** How it went before, while the part was away, and from its return until all was as before. */
  before: readonly Moment[]
  away: readonly Moment[]
  after: readonly Moment[]
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

const everyMs = 1_000
const longestUnseenMs = 30_000

/**
 * Takes one part away for a while under a load that goes on, brings it back, and looks for all that was acknowledged.
 * @throws OutageError when it does not catch up, or the signal aborts
 */
export async function outage(options: OutageOptions): Promise<Outage> {
  const disturbed = await startDisturbed(options.part, options.way)
  try {
    const { rate, devices, minutes } = options
    const longestMs = 4 * (minutes + 5) * minuteMs
    const url = disturbed.installation.mqttUrl
    const load = new LoadFleet({ url, rate, devices, told: 'now', longestMs })
    try {
      await load.start()
      return await play(disturbed, load, options)
    } finally {
      await load.close()
    }
  } finally {
    await disturbed.stop()
  }
}

async function play(disturbed: Disturbed, load: LoadFleet, options: OutageOptions): Promise<Outage> {
  const { installation } = disturbed
  const { part, rate, minutes, warmUpSeconds } = options
  const awayMs = minutes * minuteMs
  const look = (phase: string, ms: number, until?: Until) =>
    watch({ phase, ms, until, moment: () => momentOf(installation, load) }, options)

  const before = await look('before', warmUpSeconds * 1_000)
  await disturbed.takeAway()
  const away = await look(`without ${part}`, awayMs)
  await disturbed.bringBack()
  const patienceMs = 2 * awayMs + 5 * minuteMs
  const after = await look('catching up', patienceMs, (moment) => isAsBefore(moment, rate))

  // Nobody is told when it fails: then `last` is never true, and the wait for it ends with what is wrong.
  let last = false
  load.finish().then(
    () => {
      last = true
    },
    () => undefined,
  )
  const isOver = quiet()
  const [end] = (await look('draining', patienceMs, (moment) => last && isOver(moment))).slice(-1)
  return {
    before,
    away,
    after,
    stored: end?.told?.stored ?? 0,
    duplicateNotices: load.counts().duplicateNotices,
    restarts: installation.program.unasked,
    ...(await compareWithStored(load.acknowledged(), installation.program.httpUrl)),
  }
}

type Until = (moment: Moment) => boolean

interface Stretch {
  phase: string
  ms: number
  /** Ends it before, when it holds twice in a row; then it has to. */
  until: Until | undefined
  moment(): Promise<Moment>
}

/** @throws OutageError */
async function watch(
  { phase, ms, until, moment }: Stretch,
  { onMoment, signal }: OutageOptions,
): Promise<Moment[]> {
  const moments: Moment[] = []
  const end = Date.now() + ms
  let held = 0
  while (Date.now() < end) {
    const newest = await moment()
    if (signal.aborted) throw new OutageError('interrupted')
    moments.push(newest)
    onMoment(phase, newest)
    held = until?.(newest) ? held + 1 : 0
    if (held === 2) return moments
    await sleep(Math.max(0, Math.min(newest.at + everyMs, end) - Date.now()))
  }
  if (until === undefined) return moments
  const { said = [], ...rest } = moments.at(-1) ?? {}
  throw new OutageError(`${phase} did not end: ${[...said, JSON.stringify(rest)].join('; ')}`)
}

/** What arrives in a second may be under way at any moment, under a load that goes on. */
function isAsBefore(moment: Moment, rate: number): boolean {
  return greatestLag(moment) <= rate && moment.load.behindMs < 2 * everyMs
}

/**
 * What the devices were acknowledged by a broker may not have left it yet, and the program knows nothing of it: when
 * less is stored than was sent, idleness has to last before it counts as the end.
 */
function quiet(): Until {
  let since: number | undefined
  return (moment) => {
    const { at, told, said, load } = moment
    const isIdle = greatestLag(moment) === 0 && told?.jobs.open === 0 && said.length === 0
    since = isIdle ? (since ?? at) : undefined
    return since !== undefined && (told?.stored === load.readings || at - since >= longestUnseenMs)
  }
}
