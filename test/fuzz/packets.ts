import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { eventually } from '../support/program.ts'
import { type ClientScript, clientScript } from './arbitraries/packets.ts'
import { countStoredReadings, startControlDevice } from './control-device.ts'
import { type FuzzFailure, OutcomeCounter, type PhaseOptions, type PhaseReport } from './report.ts'
import { runClient } from './run-client.ts'
import { type FuzzTarget, startFuzzTarget } from './target.ts'

const maxParallelClients = 40
const scriptsPerBatch = 400
const idleTimeoutMs = 60_000

interface ResourceUsage {
  connections: number
  openFiles: number
  heapBytes: number
}

export interface PacketsReport extends PhaseReport {
  connections: number
  /** Of a well-behaved device meanwhile; each was stored. */
  acknowledged: number
  /** After a tenth, and at the end. */
  usage: { early: ResourceUsage; end: ResourceUsage }
}

/** Plays clients against the broker of a running program, while a well-behaved device publishes to it all the time. */
export async function fuzzPackets(options: PhaseOptions): Promise<PacketsReport> {
  const target = await startFuzzTarget()
  const device = await startControlDevice(target.mqttPort)
  const played = await fuzzBroker(target, options)
  const suffered = await device.stop()
  const usage = { early: played.warmUsage, end: played.warmUsage }
  const wrong = [...played.failures]
  const fail = (what: string | undefined) => {
    if (what !== undefined && wrong.length === 0) wrong.push({ what, example: `seed ${options.seed}` })
  }
  fail(suffered && `a well-behaved device suffered: ${suffered}`)
  if (wrong.length === 0) {
    usage.end = await measureIdleUsage(target)
    fail(describeLeak(usage))
    fail(await describeLoss(target, device.acknowledged()))
  }
  fail(await target.stop())
  const failures = wrong.map((each): FuzzFailure => ({ phase: 'packets', seed: options.seed, ...each }))
  const { tried, tally, connections } = played
  return {
    tried,
    outcomes: tally.counts(),
    failures,
    connections,
    acknowledged: device.acknowledged(),
    usage,
  }
}

interface BrokerFuzzRun {
  tried: number
  connections: number
  tally: OutcomeCounter
  warmUsage: ResourceUsage
  failures: Pick<FuzzFailure, 'what' | 'example'>[]
}

async function fuzzBroker(
  target: FuzzTarget,
  { count, seed, progress }: PhaseOptions,
): Promise<BrokerFuzzRun> {
  const played: BrokerFuzzRun = {
    tried: 0,
    connections: 0,
    tally: new OutcomeCounter(),
    warmUsage: await measureIdleUsage(target),
    failures: [],
  }
  let isWarm = false
  while (played.tried < count) {
    const scripts = fc.sample(clientScript, { seed: seed + played.connections, numRuns: scriptsPerBatch })
    await runClients(target, scripts, (outcome) => played.tally.add(outcome))
    const what = target.failureReason()
    if (what !== undefined)
      return { ...played, failures: [{ what, example: await minimizeFailure(scripts) }] }
    played.connections += scripts.length
    played.tried += scripts.reduce((sum, { chunks }) => sum + chunks.length, 0)
    if (!isWarm && played.tried >= count / 10) {
      isWarm = true
      played.warmUsage = await measureIdleUsage(target)
    }
    progress(played.tried)
  }
  return played
}

async function runClients(
  target: FuzzTarget,
  scripts: readonly ClientScript[],
  onOutcome: (outcome: string) => void,
): Promise<void> {
  const waiting = [...scripts]
  const player = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      onOutcome(await runClient(target.mqttPort, next))
  }
  await Promise.all(Array.from({ length: maxParallelClients }, player))
}

/** What the program holds once all clients but the well-behaved one are gone: the least seen within seconds. */
async function measureIdleUsage(target: FuzzTarget): Promise<ResourceUsage> {
  const deadline = Date.now() + idleTimeoutMs
  while ((await target.metric('forewarn_gateway_connections')) > 1 && Date.now() < deadline) await sleep(200)
  const seen: ResourceUsage[] = []
  for (let look = 0; look < 8; look++) {
    const heapBytes = await target.metric('nodejs_heap_size_used_bytes')
    const connections = await target.metric('forewarn_gateway_connections')
    seen.push({ connections, heapBytes, openFiles: (await target.openFiles()) ?? 0 })
    await sleep(250)
  }
  const least = (name: keyof ResourceUsage) => Math.min(...seen.map((each) => each[name]))
  return { connections: least('connections'), heapBytes: least('heapBytes'), openFiles: least('openFiles') }
}

/** A leak of every client, or of every packet, would show in much more than this. */
function describeLeak({ early, end }: PacketsReport['usage']): string | undefined {
  if (end.connections > 1) return `${end.connections} clients are counted, and none is there`
  if (end.openFiles > early.openFiles + 20)
    return `open files grew from ${early.openFiles} to ${end.openFiles}`
  if (end.heapBytes > 2 * early.heapBytes + 50_000_000)
    return `the heap grew from ${early.heapBytes} to ${end.heapBytes}`
  return undefined
}

async function describeLoss(target: FuzzTarget, acknowledged: number): Promise<string | undefined> {
  const deadline = Date.now() + idleTimeoutMs
  const stored = await eventually(async () => {
    const found = await countStoredReadings(target.httpUrl)
    return found >= acknowledged || Date.now() > deadline ? found : undefined
  })
  return stored === acknowledged ? undefined : `${acknowledged} readings acknowledged, ${stored} stored`
}

/** The smallest of these scripts that ends a fresh program, found by playing them one by one and leaving out parts. */
async function minimizeFailure(scripts: readonly ClientScript[]): Promise<string> {
  for (const each of scripts) {
    if (!(await crashesProgram(each))) continue
    let smallest = each
    for (let at = smallest.chunks.length - 1; at >= 0; at--) {
      const smaller = { ...smallest, chunks: smallest.chunks.toSpliced(at, 1) }
      if (await crashesProgram(smaller)) smallest = smaller
    }
    return JSON.stringify({ ...smallest, chunks: smallest.chunks.map((chunk) => chunk.toString('hex')) })
  }
  return 'no single client does it'
}

async function crashesProgram(each: ClientScript): Promise<boolean> {
  const target = await startFuzzTarget()
  await runClient(target.mqttPort, each)
  await sleep(500)
  return (await target.stop()) !== undefined
}
