import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { eventually } from '../support/program.ts'
import { type Script, script } from './arbitraries/packets.ts'
import { play } from './play.ts'
import { type Failure, type PhaseOptions, type PhaseReport, Tally } from './report.ts'
import { startSteadyDevice, storedReadings } from './steady-device.ts'
import { startTarget, type Target } from './target.ts'

const atOnce = 40
const scriptsAtATime = 400
const calmMs = 60_000

interface Usage {
  connections: number
  openFiles: number
  heapBytes: number
}

export interface PacketsReport extends PhaseReport {
  connections: number
  /** Of a well-behaved device meanwhile; each was stored. */
  acknowledged: number
  /** After a tenth, and at the end. */
  usage: { early: Usage; end: Usage }
}

/** Plays clients against the broker of a running program, while a well-behaved device publishes to it all the time. */
export async function fuzzPackets(options: PhaseOptions): Promise<PacketsReport> {
  const target = await startTarget()
  const device = await startSteadyDevice(target.mqttPort)
  const played = await playMany(target, options)
  const suffered = await device.stop()
  const usage = { early: played.early, end: played.early }
  const wrong = [...played.wrong]
  const fail = (what: string | undefined) => {
    if (what !== undefined && wrong.length === 0) wrong.push({ what, example: `seed ${options.seed}` })
  }
  fail(suffered && `a well-behaved device suffered: ${suffered}`)
  if (wrong.length === 0) {
    usage.end = await calm(target)
    fail(whatGrew(usage))
    fail(await whatIsMissing(target, device.acknowledged()))
  }
  fail(await target.stop())
  const failures = wrong.map((each): Failure => ({ phase: 'packets', seed: options.seed, ...each }))
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

interface Played {
  tried: number
  connections: number
  tally: Tally
  early: Usage
  wrong: Pick<Failure, 'what' | 'example'>[]
}

async function playMany(target: Target, { count, seed, progress }: PhaseOptions): Promise<Played> {
  const played: Played = {
    tried: 0,
    connections: 0,
    tally: new Tally(),
    early: await calm(target),
    wrong: [],
  }
  let isWarm = false
  while (played.tried < count) {
    const scripts = fc.sample(script, { seed: seed + played.connections, numRuns: scriptsAtATime })
    await playAll(target, scripts, (outcome) => played.tally.add(outcome))
    const what = target.trouble()
    if (what !== undefined) return { ...played, wrong: [{ what, example: await reproduce(scripts) }] }
    played.connections += scripts.length
    played.tried += scripts.reduce((sum, { chunks }) => sum + chunks.length, 0)
    if (!isWarm && played.tried >= count / 10) {
      isWarm = true
      played.early = await calm(target)
    }
    progress(played.tried)
  }
  return played
}

async function playAll(
  target: Target,
  scripts: readonly Script[],
  told: (outcome: string) => void,
): Promise<void> {
  const waiting = [...scripts]
  const player = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      told(await play(target.mqttPort, next))
  }
  await Promise.all(Array.from({ length: atOnce }, player))
}

/** What the program holds once all clients but the well-behaved one are gone: the least seen within seconds. */
async function calm(target: Target): Promise<Usage> {
  const deadline = Date.now() + calmMs
  while ((await target.metric('forewarn_gateway_connections')) > 1 && Date.now() < deadline) await sleep(200)
  const seen: Usage[] = []
  for (let look = 0; look < 8; look++) {
    const heapBytes = await target.metric('nodejs_heap_size_used_bytes')
    const connections = await target.metric('forewarn_gateway_connections')
    seen.push({ connections, heapBytes, openFiles: (await target.openFiles()) ?? 0 })
    await sleep(250)
  }
  const least = (name: keyof Usage) => Math.min(...seen.map((each) => each[name]))
  return { connections: least('connections'), heapBytes: least('heapBytes'), openFiles: least('openFiles') }
}

/** A leak of every client, or of every packet, would show in much more than this. */
function whatGrew({ early, end }: PacketsReport['usage']): string | undefined {
  if (end.connections > 1) return `${end.connections} clients are counted, and none is there`
  if (end.openFiles > early.openFiles + 20)
    return `open files grew from ${early.openFiles} to ${end.openFiles}`
  if (end.heapBytes > 2 * early.heapBytes + 50_000_000)
    return `the heap grew from ${early.heapBytes} to ${end.heapBytes}`
  return undefined
}

async function whatIsMissing(target: Target, acknowledged: number): Promise<string | undefined> {
  const deadline = Date.now() + calmMs
  const stored = await eventually(async () => {
    const found = await storedReadings(target.httpUrl)
    return found >= acknowledged || Date.now() > deadline ? found : undefined
  })
  return stored === acknowledged ? undefined : `${acknowledged} readings acknowledged, ${stored} stored`
}

/** The smallest of these scripts that ends a fresh program, found by playing them one by one and leaving out parts. */
async function reproduce(scripts: readonly Script[]): Promise<string> {
  for (const each of scripts) {
    if (!(await breaks(each))) continue
    let smallest = each
    for (let at = smallest.chunks.length - 1; at >= 0; at--) {
      const smaller = { ...smallest, chunks: smallest.chunks.toSpliced(at, 1) }
      if (await breaks(smaller)) smallest = smaller
    }
    return JSON.stringify({ ...smallest, chunks: smallest.chunks.map((chunk) => chunk.toString('hex')) })
  }
  return 'no single client does it'
}

async function breaks(each: Script): Promise<boolean> {
  const target = await startTarget()
  await play(target.mqttPort, each)
  await sleep(500)
  return (await target.stop()) !== undefined
}
