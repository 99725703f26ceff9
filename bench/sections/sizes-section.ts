import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load/load.ts'
import { measureProcesses } from '../measure/cpu.ts'
import { digits } from '../measure/format-table.ts'
import { MachineMeter } from '../measure/machine.ts'
import { note } from '../measure/note.ts'
import { median } from '../measure/statistics.ts'
import type { Section } from '../section.ts'
import { measureStateBytes, prepareClonedFolder } from '../subjects/forewarn/cloned-folder.ts'
import { countStoredReadings, ForewarnProgram, pinnedRules } from '../subjects/forewarn/forewarn-program.ts'

const sizes = [1_000, 10_000, 100_000]
const longFrom = 100_000
const maxConnections = 1_000
const inFlight = 4
const settleMs = 5_000
const listRequests = 40
const warmUpReadings = 30_000
const warmUpSeconds = 45

interface SizeFigures {
  devices: number
  readyMs: number
  startMaxTurnMs: number
  memoryMiB: number
  heapMiB: number
  stateBytes: number
  idleCpuShare: number
  cpuUsPerReading: number
  drainedPerSecond: number
  eventLoopP99Ms: number
  loadMaxTurnMs: number
  memoryUnderLoadMiB: number
  listP50Ms: number
  readings: number
  others: number
}

export const sizesSection: Section = {
  name: 'sizes',
  title: 'Devices with half a year of state: start, memory, cost of a reading',
  rows: sizes.map(rowOf),
  async run({ isWanted, isNamed, full, seconds }) {
    const figures: SizeFigures[] = []
    const failures: string[] = []
    for (const devices of sizes) {
      const isIncluded = isWanted('sizes') && (full || devices < longFrom)
      if (!isIncluded && !isNamed(rowOf(devices))) continue
      try {
        figures.push(await measureSize(devices, seconds))
      } catch (error) {
        failures.push(`${devices} devices: ${String(error).slice(0, 500)}`)
        note(`FAILED: ${failures.at(-1)}`)
      }
    }
    return { ...toResult(figures), failures }
  },
}

function rowOf(devices: number): string {
  return `size-${devices}`
}

async function measureSize(devices: number, seconds: number): Promise<SizeFigures> {
  const { dataDir, historyStart } = await prepareClonedFolder(devices)
  const program = await ForewarnProgram.start({ template: dataDir, env: pinnedRules })
  const load = new Load()
  try {
    const started = await measureStart(program)
    const idle = await measureIdle(program)
    const listP50Ms = await measureList(program)
    const startedAt = Date.now()
    const connections = Math.min(devices, maxConnections)
    const boot = Math.floor(startedAt / 1_000)
    const port = program.mqttPort
    await load.run({ type: 'connect', port, connections, devices, historyStart, boot, announce: false })
    const loaded = await measureLoad(program, load, seconds)
    await load.stop()
    await program.end()
    const stored = await countStoredReadings(program.dataDir, startedAt)
    if (stored !== loaded.acknowledged) {
      throw new RangeError(`${loaded.acknowledged} readings were acknowledged, ${stored} are in the series`)
    }
    const stateBytes = measureStateBytes(program.dataDir)
    note(
      `${devices} devices: ready in ${Math.round(program.readyMs)} ms, ${loaded.cpuUsPerReading.toFixed(1)} µs a reading`,
    )
    return { devices, ...started, ...idle, ...loaded, readings: stored, stateBytes, listP50Ms }
  } finally {
    await load.stop()
    await program.remove()
  }
}

async function measureStart(program: ForewarnProgram) {
  const { readyMs } = program
  await program.waitUntilDrained()
  await sleep(settleMs)
  const { eventLoopMaxMs, heapBytes } = await program.metrics()
  const { memoryBytes } = await measureProcesses([program.pid])
  return {
    readyMs,
    startMaxTurnMs: eventLoopMaxMs,
    memoryMiB: memoryBytes / 2 ** 20,
    heapMiB: heapBytes / 2 ** 20,
  }
}

async function measureIdle(program: ForewarnProgram): Promise<{ idleCpuShare: number }> {
  const before = await measureProcesses([program.pid])
  await sleep(settleMs)
  const after = await measureProcesses([program.pid])
  return { idleCpuShare: (after.cpuSeconds - before.cpuSeconds) / (settleMs / 1_000) }
}

async function measureList(program: ForewarnProgram): Promise<number> {
  const latencies: number[] = []
  for (let n = 0; n < listRequests; n++) {
    const begun = performance.now()
    const response = await fetch(`${program.httpUrl}/api/devices?limit=50`)
    await response.arrayBuffer()
    latencies.push(performance.now() - begun)
  }
  return median(latencies)
}

async function measureLoad(program: ForewarnProgram, load: Load, seconds: number) {
  const full = { type: 'full', inFlight, maxReadings: 1_000_000 } as const
  const warmUp = await load.run({ ...full, seconds: warmUpSeconds, maxReadings: warmUpReadings })
  await program.waitUntilDrained()
  await program.metrics()
  const machine = await MachineMeter.start()
  const before = await measureProcesses([program.pid])
  const begun = performance.now()
  const result = await load.run({ ...full, seconds })
  const { eventLoopP99Ms, eventLoopMaxMs } = await program.metrics()
  await program.waitUntilDrained()
  const drainedSeconds = (performance.now() - begun) / 1_000
  const after = await measureProcesses([program.pid])
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds
  return {
    acknowledged: warmUp.acknowledged + result.acknowledged,
    cpuUsPerReading: (cpuSeconds / result.acknowledged) * 1e6,
    drainedPerSecond: result.acknowledged / drainedSeconds,
    eventLoopP99Ms,
    loadMaxTurnMs: eventLoopMaxMs,
    memoryUnderLoadMiB: after.memoryBytes / 2 ** 20,
    others: (await machine.stop(cpuSeconds + result.cpuSeconds)).others,
  }
}

function toResult(figures: readonly SizeFigures[]) {
  const [least] = figures
  const columns = [
    'devices',
    'ready s',
    'longest turn at start ms',
    'memory MiB',
    'heap MiB',
    'state on disk B',
    'idle CPU',
    'list p50 ms',
    'CPU µs/reading',
    ': fewest',
    'drained/s',
    'event loop p99 ms',
    'longest turn ms',
    'memory MiB, load',
    'others',
  ]
  const rows = figures.map((each) => [
    each.devices,
    digits(each.readyMs / 1_000),
    digits(each.startMaxTurnMs),
    digits(each.memoryMiB),
    digits(each.heapMiB),
    digits(each.stateBytes),
    `${digits(100 * each.idleCpuShare)} %`,
    digits(each.listP50Ms),
    digits(each.cpuUsPerReading),
    digits(each.cpuUsPerReading / (least?.cpuUsPerReading ?? Number.NaN)),
    digits(each.drainedPerSecond),
    digits(each.eventLoopP99Ms),
    digits(each.loadMaxTurnMs),
    digits(each.memoryUnderLoadMiB),
    `${Math.round(100 * each.others)} %`,
  ])
  return {
    tables: [{ title: `${maxConnections} connections × ${inFlight} in flight, one round`, columns, rows }],
    notes: [
      'all but 1,000 devices have the states of others; their readings come by turns, so each device reports as rarely as it can',
      ...figures.map(
        ({ devices, readings }) =>
          `${devices} devices: ${readings} readings acknowledged and found again in DuckDB`,
      ),
    ],
    data: figures,
  }
}
