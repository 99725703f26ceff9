import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { failpointVariable } from '../../lib/failpoint.ts'
import type { AcknowledgedMessages } from './compare.ts'
import { readMetrics, waitUntilDrained } from './drain.ts'
import { type ChaosEnvironment, type DeploymentProfile, startEnvironment } from './environment.ts'
import { describeFault, type Fault, planFaults } from './faults.ts'
import { type FinalState, readSeries, readStores, type StoredReading } from './final-state.ts'
import type { FleetSize } from './fleet/device-traffic.ts'
import { Fleet } from './fleet/fleet.ts'
import { type FaultTarget, faultKindsOf, injectFault } from './inject-fault.ts'
import { type ProgramGroup, startProgramGroup } from './program-group.ts'
import type { UnexpectedExit } from './supervised-process.ts'

interface InjectionOptions {
  targets: readonly FaultTarget[]
  say(text: string): void
  /** The part of the fleet's messages that is acknowledged. */
  share(): number
}

/** What does not recover for so long gets the next fault all the same, ms. */
const maxWaitMs = 20_000
const pollIntervalMs = 20

/** Carries a plan out, in step with the fleet. */
async function injectFaults(
  plan: readonly Fault[],
  { targets, say, share }: InjectionOptions,
): Promise<void> {
  const underWay = new Map<string, Promise<void>>()
  let before = 0
  for (const [index, fault] of plan.entries()) {
    const target = targets.find(({ name }) => name === fault.target)
    if (target === undefined) throw new RangeError(`there is no ${fault.target}`)
    await sleep(fault.delayMs)
    const goal = Math.min(before + fault.afterProgressShare, 1)
    for (let waited = 0; share() < goal && waited < maxWaitMs; waited += pollIntervalMs)
      await sleep(pollIntervalMs)
    await underWay.get(fault.target)
    before = share()
    say(`fault ${index + 1} of ${plan.length}, ${Math.round(100 * before)} % sent: ${describeFault(fault)}`)
    const struck = injectFault(target, fault)
    underWay.set(fault.target, struck)
    struck.catch(() => {}) // Reported to the caller that awaits it, at the latest at the end.
    if (!fault.overlaps) await struck
  }
  await Promise.all(underWay.values())
}

export interface RunOptions {
  parts: DeploymentProfile
  size: FleetSize
  /** Kills of the program and its servers, each while devices publish. */
  kills: number
  /** Faults of other kinds. */
  faults: number
  /** Lets the first process end itself at a pass of a failpoint, `name:n`. */
  failpoint?: string
  /** With nothing moving for so long a run is given up, ms. */
  stallTimeoutMs: number
  /** Roles of each process that shares the work; default: one process does everything. */
  processes?: readonly string[]
  /** Whether messages of a device may overtake each other between the processes: rules put them in order again. */
  overtaking?: boolean
  /** File for what the processes of the run with faults say on standard error. */
  logFile?: string
  /** Whether an external broker is killed too, which then loses what it acknowledged and had not written. */
  killBroker: boolean
  say(text: string): void
}

export interface ChaosRun {
  acknowledged: AcknowledgedMessages
  outcome: FinalState
  plan: readonly Fault[]
  /** What had not come to its end when nothing moved any more, in words; empty when all had. */
  pendingWork: string
  /** Exits of the program without a request. */
  unexpectedExits: readonly UnexpectedExit[]
  /** Of devices. */
  reconnects: number
  /** From the end of the last fault until everything had come to its end, ms. */
  recoverMs: number
  elapsedMs: number
}

/** A fleet that nothing disturbs would need so long for each fault, ms. */
const durationPerFaultMs = 3_000

/** Long enough that three eighths of it are longer than any message is under way between the processes, ms. */
const overtakingDurationMs = 24_000

const recountPollMs = 500
const maxRecountMs = 30_000

/** Long enough for some commits of each component, ms. */
const failpointDurationMs = 1_500

/** One life of a fleet and an installation, from nothing to its end, with what goes wrong on the way. */
export async function runWithFaults(options: RunOptions): Promise<ChaosRun> {
  const startedAt = Date.now()
  const parts = await startEnvironment(options)
  const program = await startProgramGroup(parts.env, options.processes ?? [], failpointEnv(options))
  try {
    await waitUntilStarted(program, options.failpoint !== undefined)
    const { receivedNotices, ...rest } = await runFaultSchedule(options, parts, program)
    const series = await readSeries(program.httpUrl)
    const seriesValues = await countSeriesValues(program.httpUrl, series)
    await program.stop()
    const outcome = { ...(await readStores(parts.storesEnv)), series, seriesValues, receivedNotices }
    const elapsedMs = Date.now() - startedAt
    return { ...rest, outcome, unexpectedExits: program.unexpectedExits(), elapsedMs }
  } finally {
    await program.kill()
    if (options.logFile !== undefined) await writeFile(options.logFile, program.stderr())
    await parts.stop()
  }
}

/**
 * Return how many values the series count themselves. A process counts what others have stored from time to time only: it is
 * asked again for a while, where the count is another one than that of the readings.
 */
async function countSeriesValues(httpUrl: string, series: readonly StoredReading[]): Promise<number> {
  const expected = series.reduce((sum, { values }) => sum + Object.keys(values).length, 0)
  for (let waited = 0; ; waited += recountPollMs) {
    const counted = (await readMetrics(httpUrl))?.('forewarn_series_values') ?? Number.NaN
    if (counted === expected || waited >= maxRecountMs) return counted
    await sleep(recountPollMs)
  }
}

function failpointEnv({ failpoint }: RunOptions): Record<string, string> {
  return failpoint === undefined ? {} : { [failpointVariable]: failpoint }
}

/** @throws StartError when the program ends instead */
async function waitUntilStarted(program: ProgramGroup, mayEnd: boolean): Promise<void> {
  const isReady = async () =>
    (await Promise.all(program.httpUrls.map(readMetrics))).every((metrics) => metrics !== undefined)
  while (!(await isReady())) {
    const [end] = program.unexpectedExits()
    if (end !== undefined && !mayEnd) throw new StartError(`the program does not start: ${end.stderrTail}`)
    await sleep(100)
  }
}

async function runFaultSchedule(
  { size, kills, faults, failpoint, stallTimeoutMs, processes = [], say }: RunOptions,
  parts: ChaosEnvironment,
  program: ProgramGroup,
) {
  const targets: FaultTarget[] = [...program.targets, ...parts.targets]
  const fallible = targets.map((target) => ({ ...target, kinds: faultKindsOf(target) }))
  const plan = planFaults({ seed: size.seed, kills, faults, candidates: fallible })
  for (const [index, fault] of plan.entries()) say(`planned as fault ${index + 1}: ${describeFault(fault)}`)
  // What is overtaken by less than the lateness of the kinds, three eighths of the traffic, is put in order.
  const keepsPace = processes.length > 0
  const leastMs = keepsPace ? overtakingDurationMs : 0
  const fleet = new Fleet({
    size,
    url: parts.mqttUrl,
    keepsPace,
    durationMs:
      failpoint === undefined
        ? Math.max(leastMs, durationPerFaultMs * (kills + faults))
        : failpointDurationMs,
    now: Date.now,
  })
  try {
    await injectFaults(plan, { targets, say, share: () => fleet.acknowledgedShare })
    const lastFaultAt = Date.now()
    await fleet.finish(stallTimeoutMs)
    say(`${Math.floor(100 * fleet.acknowledgedShare)} % acknowledged`)
    const acknowledged = fleet.acknowledged()
    const unsent = fleet.acknowledgedShare < 1 ? 'unacknowledged messages; ' : ''
    const unfinished = await waitUntilDrained({
      httpUrl: program.httpUrl,
      readings: acknowledged.readings.length,
      stallTimeoutMs,
      now: Date.now,
      onPending: say,
    })
    const { receivedNotices, reconnects } = fleet
    const pendingWork = unsent + unfinished
    return {
      acknowledged,
      plan,
      pendingWork,
      recoverMs: Date.now() - lastFaultAt,
      reconnects,
      receivedNotices,
    }
  } finally {
    await fleet.close()
  }
}

/** The program ends where it should start. */
class StartError extends Error {
  override readonly name = 'StartError'
}
