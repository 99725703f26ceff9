import { setTimeout as sleep } from 'node:timers/promises'
import type { Acknowledged } from './compare.ts'
import { drained, readMetrics } from './drain.ts'
import { describeFault, type Fault, planFaults } from './faults.ts'
import { Fleet } from './fleet/fleet.ts'
import type { FleetSize } from './fleet/messages.ts'
import { type Outcome, readSeries, readStores } from './outcome.ts'
import { type Parts, type PartsName, startParts } from './parts.ts'
import { type End, Supervised } from './supervised.ts'
import { kindsOf, strike, type Target } from './target.ts'

interface StrikeOptions {
  targets: readonly Target[]
  say(text: string): void
  /** The part of the fleet's messages that is acknowledged. */
  share(): number
}

/** What does not recover for so long gets the next fault all the same, ms. */
const longestWaitMs = 20_000
const everyMs = 20

/** Carries a plan out, in step with the fleet. */
async function strikeAll(plan: readonly Fault[], { targets, say, share }: StrikeOptions): Promise<void> {
  const underWay = new Map<string, Promise<void>>()
  let before = 0
  for (const [index, fault] of plan.entries()) {
    const target = targets.find(({ name }) => name === fault.target)
    if (target === undefined) throw new RangeError(`there is no ${fault.target}`)
    await sleep(fault.afterMs)
    const goal = Math.min(before + fault.afterShare, 1)
    for (let waited = 0; share() < goal && waited < longestWaitMs; waited += everyMs) await sleep(everyMs)
    await underWay.get(fault.target)
    before = share()
    say(`fault ${index + 1} of ${plan.length}, ${Math.round(100 * before)} % sent: ${describeFault(fault)}`)
    const struck = strike(target, fault)
    underWay.set(fault.target, struck)
    struck.catch(() => {}) // Told to whoever waits for it, at the latest at the end.
    if (!fault.overlaps) await struck
  }
  await Promise.all(underWay.values())
}

export interface RunOptions {
  parts: PartsName
  size: FleetSize
  faults: number
  /** With nothing moving for so long a run is given up, ms. */
  patienceMs: number
  /** Whether an external broker is killed too, which then loses what it acknowledged and had not written. */
  killBroker: boolean
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
  const parts = await startParts(options)
  const program = new Supervised(parts.env)
  try {
    await started(program, parts)
    const { heard, ...rest } = await play(options, parts, program)
    const series = await readSeries(parts.httpUrl)
    const seriesValues = (await readMetrics(parts.httpUrl))?.('forewarn_series_values') ?? Number.NaN
    await program.stop()
    const outcome = { ...(await readStores(parts.storesEnv)), series, seriesValues, heard }
    return { ...rest, outcome, ends: program.ends, elapsedMs: Date.now() - startedAt }
  } finally {
    await program.kill()
    await parts.stop()
  }
}

/** @throws StartError when the program ends instead */
async function started(program: Supervised, { httpUrl }: Parts): Promise<void> {
  while ((await readMetrics(httpUrl)) === undefined) {
    const [end] = program.ends
    if (end !== undefined) throw new StartError(`the program does not start: ${end.said}`)
    await sleep(100)
  }
}

async function play({ size, faults, patienceMs, say }: RunOptions, parts: Parts, program: Supervised) {
  const targets: Target[] = [{ name: 'the program', weight: 3, server: program }, ...parts.targets]
  const fallible = targets.map((target) => ({ ...target, kinds: kindsOf(target) }))
  const plan = planFaults({ seed: size.seed, faults, fallible })
  for (const [index, fault] of plan.entries()) say(`planned as fault ${index + 1}: ${describeFault(fault)}`)
  const fleet = new Fleet({ size, url: parts.mqttUrl, durationMs: messageTimeMs * faults, now: Date.now })
  try {
    await strikeAll(plan, { targets, say, share: () => fleet.share })
    const lastFaultAt = Date.now()
    await fleet.finish(patienceMs)
    say(`${Math.floor(100 * fleet.share)} % acknowledged`)
    const acknowledged = fleet.acknowledged()
    const unsent = fleet.share < 1 ? 'messages that nobody acknowledges; ' : ''
    const unfinished = await drained({
      httpUrl: parts.httpUrl,
      readings: acknowledged.readings.length,
      patienceMs,
      now: Date.now,
      onWait: say,
    })
    const { heard, reconnects } = fleet
    const left = unsent + unfinished
    return { acknowledged, plan, left, recoverMs: Date.now() - lastFaultAt, reconnects, heard }
  } finally {
    await fleet.close()
  }
}

/** The program ends where it should start. */
class StartError extends Error {
  override readonly name = 'StartError'
}
