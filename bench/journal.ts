import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ReadingEntry } from '../store/journal/entry.ts'
import type { Journal } from '../store/journal/journal.ts'
import { openLmdbJournal } from '../store/journal/lmdb.ts'

/** How fast the journal makes readings durable, one append after the other and 16 at once. */
const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '3' } } })
const seconds = Number(options.seconds)

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

async function measure(journal: Journal, batch: number, inFlight: number): Promise<string> {
  const entries = readings(batch)
  const consumer = await journal.consumer('bench', 'telemetry')
  const latencies: number[] = []
  const end = performance.now() + seconds * 1000
  const cpu = process.cpuUsage()
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
  return [
    batch,
    inFlight,
    Math.round(count / seconds),
    Math.round((count * batch) / seconds),
    ((user + system) / count / batch).toFixed(2),
    (latencies[Math.floor(count * 0.5)] ?? 0).toFixed(2),
    (latencies[Math.floor(count * 0.99)] ?? 0).toFixed(2),
  ]
    .map((cell) => String(cell).padStart(12))
    .join('')
}

const dir = await mkdtemp(join(tmpdir(), 'forewarn-bench-journal-'))
const journal = await openLmdbJournal({ dir, maxBytes: 1_000_000_000, keepEntries: 0 })
const titles = ['batch', 'in flight', 'appends/s', 'readings/s', 'CPU µs each', 'p50 ms', 'p99 ms']
process.stdout.write(`${titles.map((title) => title.padStart(12)).join('')}\n`)
for (const inFlight of [1, 16]) {
  for (const batch of [1, 50, 500]) process.stdout.write(`${await measure(journal, batch, inFlight)}\n`)
}
await journal.close()
await rm(dir, { recursive: true })
