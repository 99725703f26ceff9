import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import type { ReadingEntry } from '../contract/entry.ts'
import type { Journal } from '../store/journal/journal.ts'
import { openLmdbJournal } from '../store/journal/lmdb/lmdb-journal.ts'
import { openRedisJournal } from '../store/journal/redis/open-redis-journal.ts'
import { findExecutable } from '../test/support/executables.ts'
import { startRedis } from '../test/support/redis.ts'

/**
 * Measures durable appends of the journal, one at a time and 16 at once: in LMDB and, where a Redis is
 * installed, in Redis with `appendfsync always`.
 */
const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '3' } } })
const seconds = Number(options.seconds)
const limits = { maxBytes: 1_000_000_000, keepEntries: 0 }

function readings(count: number): ReadingEntry[] {
  return Array.from({ length: count }, (_, n) => ({
    type: 'reading',
    receivedAt: 1_760_000_000_000 + n,
    reading: {
      device: `device-${n % 97}`,
      ts: 1_760_000_000_000 + n * 7,
      values: { battery_health_pct: 80 + Math.sin(n), main_brush_rpm: 1_400 + Math.cos(n) },
      boot: 3,
      seq: n,
    },
  }))
}

interface Measurement {
  perSecond: number
  cpuUs: number
  /** CPU time of the server, if there is one, µs. */
  serverCpuUs: number
  p50Ms: number
  p99Ms: number
  bytes: number
}

interface JournalUnderTest {
  journal: Journal
  /** CPU time that its server has used, µs. */
  serverCpu(): Promise<number>
  stop(): Promise<void>
}

interface AppendLoad {
  batch: number
  inFlight: number
}

async function measure(
  { journal, serverCpu }: JournalUnderTest,
  { batch, inFlight }: AppendLoad,
): Promise<Measurement> {
  const entries = readings(batch)
  const consumer = await journal.consumer('bench', 'telemetry')
  const bytes = await measureEntryBytes(journal, entries)
  const latencies: number[] = []
  const end = performance.now() + seconds * 1000
  const cpu = process.cpuUsage()
  const serverBefore = await serverCpu()
  const append = async () => {
    while (performance.now() < end) {
      const begin = performance.now()
      const cursor = await journal.append('telemetry', entries, { tally: { received: batch, stored: batch } })
      latencies.push(performance.now() - begin)
      if (latencies.length % 100 === 0) await consumer.commit({ cursor })
    }
  }
  await Promise.all(Array.from({ length: inFlight }, append))
  const { user, system } = process.cpuUsage(cpu)
  latencies.sort((a, b) => a - b)
  const count = latencies.length
  return {
    perSecond: count / seconds,
    cpuUs: (user + system) / count / batch,
    serverCpuUs: ((await serverCpu()) - serverBefore) / count / batch,
    p50Ms: latencies[Math.floor(count * 0.5)] ?? 0,
    p99Ms: latencies[Math.floor(count * 0.99)] ?? 0,
    bytes,
  }
}

/** Return the size of each entry as the journal counts it, bytes. */
async function measureEntryBytes(journal: Journal, entries: readonly ReadingEntry[]): Promise<number> {
  const before = await journal.info()
  await journal.append('telemetry', entries)
  return ((await journal.info()).bytes - before.bytes) / entries.length
}

async function openLmdb(): Promise<JournalUnderTest> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-bench-journal-'))
  const journal = await openLmdbJournal({ dir, ...limits })
  const stop = async () => {
    await journal.close()
    await rm(dir, { recursive: true })
  }
  return { journal, serverCpu: async () => 0, stop }
}

async function openRedis(executable: string): Promise<JournalUnderTest> {
  const server = await startRedis(executable, { appendfsync: 'always' })
  const { url } = server
  const lease = { durationMs: 10_000, holder: 'bench' }
  const journal = await openRedisJournal({ url, partition: 0, ...limits, lease })
  const watcher = new Redis(url)
  const serverCpu = async () => {
    const used = [...(await watcher.info('cpu')).matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)]
    return used.reduce((sum, [, s]) => sum + Number(s) * 1e6, 0)
  }
  const stop = async () => {
    await journal.close()
    watcher.disconnect()
    await server.stop()
  }
  return { journal, serverCpu, stop }
}

const titles = [
  'batch',
  'in flight',
  'appends/s',
  'CPU µs each',
  'server µs',
  'p50 ms',
  'p99 ms',
  'bytes each',
]

function printMeasurement(name: string, { batch, inFlight }: AppendLoad, figures: Measurement): void {
  const { perSecond, cpuUs, serverCpuUs, p50Ms, p99Ms, bytes } = figures
  const numbers = [perSecond.toFixed(perSecond < 10 ? 2 : 0), cpuUs.toFixed(2), serverCpuUs.toFixed(2)]
  row(name, [batch, inFlight, ...numbers, p50Ms.toFixed(2), p99Ms.toFixed(2), bytes.toFixed(0)])
}

function row(name: string, cells: readonly (string | number)[]): void {
  process.stdout.write(`${name.padEnd(8)}${cells.map((cell) => String(cell).padStart(12)).join('')}\n`)
}

function ratio(a: Measurement, b: Measurement): Measurement {
  return {
    perSecond: b.perSecond / a.perSecond,
    cpuUs: b.cpuUs / a.cpuUs,
    serverCpuUs: b.serverCpuUs / a.cpuUs,
    p50Ms: b.p50Ms / a.p50Ms,
    p99Ms: b.p99Ms / a.p99Ms,
    bytes: b.bytes / a.bytes,
  }
}

const file = await openLmdb()
const executable = findExecutable('redis-server')
const server = executable === undefined ? undefined : await openRedis(executable)
row('', titles)
for (const inFlight of [1, 16]) {
  for (const batch of [1, 50, 500]) {
    const load = { batch, inFlight }
    const inFile = await measure(file, load)
    printMeasurement('LMDB', load, inFile)
    if (!server) continue
    const inServer = await measure(server, load)
    printMeasurement('Redis', load, inServer)
    printMeasurement('ratio', load, ratio(inFile, inServer))
  }
}
await file.stop()
await server?.stop()
