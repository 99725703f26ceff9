import { setTimeout as sleep } from 'node:timers/promises'
import { Load, type LoadResult } from '../load/load.ts'
import { measureProcesses } from '../measure/cpu.ts'
import { type MachineLoad, MachineMeter } from '../measure/machine.ts'
import { note } from '../measure/note.ts'
import type { RunningSubject, Subject } from '../subjects/subject.ts'

export interface PipelineLoad {
  connections: number
  /** Default: one for each connection. */
  devices?: number
  inFlight: number
  seconds: number
  maxReadings: number
}

/** What one round of one subject measured. */
export interface PipelineRound {
  readings: number
  cpuUsPerReading: number
  acknowledgedPerSecond: number
  drainedPerSecond: number
  pubackP50Ms: number
  pubackP99Ms: number
  eventLoopP99Ms: number | undefined
  eventLoopMaxMs: number | undefined
  memoryMiB: number
  findings: number | undefined
  /** CPU time of the load generator, which shares the machine, µs a reading. */
  loadCpuUsPerReading: number
  machine: MachineLoad
  countedIn: string
}

/** A subject lost readings that it had acknowledged, or stored more than were sent. */
class LossError extends Error {
  override readonly name = 'LossError'
}

/**
 * Until code is compiled: a busy machine takes longer for it, so readings count, not time. Without it a program of much code is
 * at a disadvantage against a small one.
 */
const warmUpReadings = 30_000
const maxWarmUpSeconds = 45
const pollMs = 200
const drainTimeoutMs = 300_000

/**
 * Run one round: start the subject, warm it up, load it, wait until all is drained, stop it, and count what it stored.
 * @throws LossError
 */
export async function measureRound(subject: Subject, load: PipelineLoad): Promise<PipelineRound> {
  const running = await subject.start()
  const generator = new Load()
  let stopped: Promise<{ readings: number; where: string }> | undefined
  try {
    const { port, historyStart } = running
    const { connections, inFlight, devices = connections } = load
    const boot = Math.floor(Date.now() / 1_000)
    const announce = subject.takesAnnouncements
    await generator.run({ type: 'connect', port, connections, devices, historyStart, boot, announce })
    const warmUp = await generator.run({
      type: 'full',
      inFlight,
      seconds: maxWarmUpSeconds,
      maxReadings: warmUpReadings,
    })
    await waitUntilDrained(running, warmUp.acknowledged)
    const measured = await measureLoad(running, generator, { load, before: warmUp.acknowledged })
    await generator.stop()
    stopped = running.stop()
    const stored = await stopped
    const acknowledged = warmUp.acknowledged + measured.readings
    if (stored.readings !== acknowledged) {
      throw new LossError(
        `${subject.name} acknowledged ${acknowledged} readings; ${stored.where} are ${stored.readings}`,
      )
    }
    return { ...measured, countedIn: stored.where }
  } finally {
    await generator.stop()
    await (stopped ?? running.stop())
  }
}

async function measureLoad(
  running: RunningSubject,
  generator: Load,
  { load, before }: { load: PipelineLoad; before: number },
): Promise<Omit<PipelineRound, 'countedIn'>> {
  const { inFlight, seconds, maxReadings } = load
  await running.sample()
  const machine = await MachineMeter.start()
  const start = await measureProcesses(running.pids)
  const begun = performance.now()
  const result = await generator.run({ type: 'full', inFlight, seconds, maxReadings })
  checkAllAcknowledged(result)
  const sample = await running.sample()
  await waitUntilDrained(running, before + result.acknowledged)
  const drainedSeconds = (performance.now() - begun) / 1_000
  const end = await measureProcesses(running.pids)
  const cpuSeconds = end.cpuSeconds - start.cpuSeconds
  const readings = result.acknowledged
  return {
    readings,
    cpuUsPerReading: (cpuSeconds / readings) * 1e6,
    acknowledgedPerSecond: readings / result.seconds,
    drainedPerSecond: readings / drainedSeconds,
    pubackP50Ms: result.pubackP50Ms,
    pubackP99Ms: result.pubackP99Ms,
    eventLoopP99Ms: sample.eventLoopP99Ms,
    eventLoopMaxMs: sample.eventLoopMaxMs,
    memoryMiB: end.memoryBytes / 2 ** 20,
    findings: sample.findings,
    loadCpuUsPerReading: (result.cpuSeconds / readings) * 1e6,
    machine: await machine.stop(cpuSeconds + result.cpuSeconds),
  }
}

function checkAllAcknowledged({ sent, acknowledged }: LoadResult): void {
  if (sent !== acknowledged) throw new LossError(`${acknowledged} of ${sent} readings were acknowledged`)
}

/** @throws LossError when it does not happen in five minutes */
async function waitUntilDrained(running: RunningSubject, readings: number): Promise<void> {
  const until = performance.now() + drainTimeoutMs
  for (;;) {
    const drained = await running.drained()
    if (drained >= readings) return
    if (performance.now() > until) throw new LossError(`${drained} of ${readings} readings were drained`)
    await sleep(pollMs)
  }
}

/** Rounds of each subject, and what went wrong: a subject that fails once does not run again. */
export interface PipelineRounds {
  rounds: Map<string, PipelineRound[]>
  failures: string[]
}

/** Run rounds of all subjects by turns, so that what else the machine does concerns all of them. */
export async function measurePipelines(
  subjects: readonly Subject[],
  { rounds: count, load }: { rounds: number; load: PipelineLoad },
): Promise<PipelineRounds> {
  const rounds = new Map<string, PipelineRound[]>()
  const failures = new Map<string, string>()
  for (let round = 1; round <= count; round++) {
    for (const subject of subjects) {
      const { name } = subject
      if (failures.has(name)) continue
      try {
        const result = await measureRound(subject, load)
        rounds.set(name, [...(rounds.get(name) ?? []), result])
        note(`round ${round}/${count} ${name}: ${describeRound(result)}`)
      } catch (error) {
        failures.set(name, `${name}, round ${round}: ${String(error)}`)
        note(`FAILED: ${failures.get(name)}`)
      }
    }
  }
  for (const name of failures.keys()) rounds.delete(name)
  return { rounds, failures: [...failures.values()] }
}

function describeRound({ cpuUsPerReading, drainedPerSecond, readings, machine }: PipelineRound): string {
  const others = Math.round(100 * machine.others)
  return `${cpuUsPerReading.toFixed(1)} µs, ${Math.round(drainedPerSecond)} drained/s, ${readings} readings counted, others ${others} % of the machine`
}
