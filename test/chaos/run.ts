import { setTimeout as sleep } from 'node:timers/promises'
import type { Acknowledged } from './compare.ts'
import { Device, type Pace } from './device.ts'
import { drained, readMetrics } from './drain.ts'
import { type Fallible, type Fault, planFaults } from './faults.ts'
import { acknowledgedTo, allPublished } from './fleet.ts'
import { type FleetSize, fleetScripts } from './messages.ts'
import { type Outcome, readSeries, readStores } from './outcome.ts'
import { type Parts, type PartsName, startParts } from './parts.ts'
import { Phone } from './phone.ts'
import { strikeAll } from './strike-all.ts'
import { type End, Supervised } from './supervised.ts'
import { kindsOf, type Target } from './target.ts'

export interface RunOptions {
  parts: PartsName
  size: FleetSize
  faults: number
  /** With nothing moving for so long a run is given up, ms. */
  patienceMs: number
  say(text: string): void
}

export interface Run {
  acknowledged: Acknowledged
  outcome: Outcome
  plan: readonly Fault[]
  /** What had not come to its end when nothing moved any more, in words; empty when all had. */
  left: string
  /** Of the program, when nobody had told it to. */
  ends: readonly End[]
  /** Of devices. */
  reconnects: number
  /** From the end of the last fault until everything had come to its end, ms. */
  recoverMs: number
  elapsedMs: number
}

/** A fleet that nothing disturbs would need so long for each fault, ms. */
const messageTimeMs = 3_000

/** One life of a fleet and an installation, from nothing to its end, with what goes wrong on the way. */
export async function run(options: RunOptions): Promise<Run> {
  const startedAt = Date.now()
  const parts = await startParts(options.parts)
  const program = new Supervised(parts.env)
  try {
    const played = await play(options, parts, program)
    const series = await readSeries(parts.httpUrl)
    const seriesValues = (await readMetrics(parts.httpUrl))?.('forewarn_series_values') ?? Number.NaN
    await program.stop()
    const stores = await readStores(parts.storesEnv)
    const { heard, ...rest } = played
    const outcome = { ...stores, series, seriesValues, heard }
    return { ...rest, outcome, ends: program.ends, elapsedMs: Date.now() - startedAt }
  } finally {
    await program.kill()
    await parts.stop()
  }
}

async function play({ size, faults, patienceMs, say }: RunOptions, parts: Parts, program: Supervised) {
  while ((await readMetrics(parts.httpUrl)) === undefined) {
    const [end] = program.ends
    if (end !== undefined) throw new StartError(`the program does not start: ${end.said}`)
    await sleep(100)
  }
  const targets: Target[] = [{ name: 'the program', weight: 3, server: program }, ...parts.targets]
  const plan = planFaults({ seed: size.seed, faults, fallible: targets.map(fallible) })
  const scripts = fleetScripts(size)
  const all = sum(scripts.map(({ messages }) => messages.length))
  const longest = Math.max(...scripts.map(({ messages }) => messages.length))
  const pace: Pace = { betweenMs: (messageTimeMs * faults) / longest }
  const devices = scripts.map(
    (script) => new Device({ script, url: parts.mqttUrl, seed: size.seed, pace, now: Date.now }),
  )
  const phones = [...new Set(scripts.map(({ device }) => device.owner))].map(
    (owner) => new Phone(parts.mqttUrl, owner),
  )
  const publishing = Promise.all(devices.map((device) => device.run()))
  try {
    await strikeAll(plan, {
      targets,
      say,
      acknowledged: () => sum(devices.map(({ ackedAt }) => ackedAt.size)) / all,
    })
    const lastFaultAt = Date.now()
    pace.betweenMs = 0
    await allPublished({ devices, patienceMs, now: Date.now })
    say('all is sent')
    const acknowledged = acknowledgedTo(devices)
    const left = await drained({
      httpUrl: parts.httpUrl,
      readings: acknowledged.readings.length,
      patienceMs,
      now: Date.now,
      onWait: say,
    })
    return {
      acknowledged,
      plan,
      left,
      recoverMs: Date.now() - lastFaultAt,
      reconnects: sum(devices.map(({ reconnects }) => reconnects)),
      heard: phones.flatMap(({ heard }) => heard),
    }
  } finally {
    for (const device of devices) device.stop()
    await Promise.all([publishing, ...phones.map((phone) => phone.close())])
  }
}

function fallible(target: Target): Fallible {
  return { ...target, kinds: kindsOf(target) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

class StartError extends Error {
  override readonly name = 'StartError'
}
