import { parseArgs } from 'node:util'
import { measureFlood, measureOrdinary } from './desk/flood.ts'
import { measureIdle } from './desk/idle.ts'
import { openParts, type PartsName } from './desk/parts.ts'

/** Measures the service desk: findings through queue, tickets and notices, in an alarm flood and without one. */
const { values: options } = parseArgs({
  options: {
    findings: { type: 'string', default: '2000' },
    devices: { type: 'string', default: '10000' },
    tickets: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    parts: { type: 'string', default: 'embedded,production' },
    only: { type: 'string', default: 'flood,ordinary,idle' },
    json: { type: 'boolean', default: false },
  },
})
const size = {
  findings: Number(options.findings),
  devices: Number(options.devices),
  tickets: Number(options.tickets),
}
const chosen = new Set(options.only.split(','))

interface Result {
  parts: PartsName
  name: string
  /** Medians of the rounds. */
  figures: Record<string, number>
}

async function measureParts(parts: PartsName): Promise<Result[]> {
  const opened = await openParts(parts)
  if (opened === undefined) {
    process.stderr.write(`${parts}: left out, because PostgreSQL or Redis is not installed\n`)
    return []
  }
  const measurements = { flood: measureFlood, ordinary: measureOrdinary, idle: measureIdle }
  const results: Result[] = []
  try {
    for (const [name, measure] of Object.entries(measurements)) {
      if (!chosen.has(name)) continue
      const rounds: Record<string, number>[] = []
      for (let round = 0; round < Number(options.rounds); round++)
        rounds.push({ ...(await measure(opened, size)) })
      results.push({ parts, name, figures: medians(rounds) })
    }
  } finally {
    await opened.stop()
  }
  return results
}

function medians(rounds: readonly Record<string, number>[]): Record<string, number> {
  const names = Object.keys(rounds[0] ?? {})
  const median = (name: string) => {
    const sorted = rounds.map((round) => round[name] ?? Number.NaN).sort((a, b) => a - b)
    return sorted[sorted.length >> 1] ?? Number.NaN
  }
  return Object.fromEntries(names.map((name) => [name, median(name)]))
}

function print({ parts, name, figures }: Result): void {
  for (const [figure, value] of Object.entries(figures)) {
    const cells = [
      parts.padEnd(12),
      name.padEnd(10),
      figure.padEnd(24),
      value.toFixed(value < 100 ? 2 : 0).padStart(12),
    ]
    process.stdout.write(`${cells.join('')}\n`)
  }
}

const results: Result[] = []
for (const parts of ['embedded', 'production'] as const) {
  if (!options.parts.split(',').includes(parts)) continue
  for (const result of await measureParts(parts)) {
    results.push(result)
    if (!options.json) print(result)
  }
}
if (options.json) process.stdout.write(`${JSON.stringify({ ...size, results })}\n`)
