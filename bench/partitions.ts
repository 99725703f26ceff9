import { parseArgs } from 'node:util'
import { partitionOf } from '../store/journal/partitions.ts'
import { digits, formatTable } from './measure/format-table.ts'

/**
 * Simulates how evenly a million devices spread over the partitions of a journal, by the hash that the product uses: by number of
 * devices, and by readings where some devices report a hundred times as often as others.
 */
const { values: options } = parseArgs({
  options: {
    devices: { type: 'string', default: '1000000' },
    json: { type: 'boolean', default: false },
  },
})
const devices = Number(options.devices)
const partitionCounts = [4, 16, 64, 256]

/** Ids as makers give them: the hash must not depend on their form. */
const idSchemes: Readonly<Record<string, (n: number) => string>> = {
  'counters (vacuum-0000017)': (n) => `vacuum-${String(n).padStart(7, '0')}`,
  'MAC addresses of one maker': (n) => `a4c138${n.toString(16).padStart(6, '0')}`,
  'serial numbers in steps of 8': (n) => `SN${8 * n}`,
  UUID: (n) => uuidOf(n),
}

/** Every thousandth device reports a hundred times as often, every tenth ten times. */
function readingsPerDay(n: number): number {
  if (n % 1_000 === 0) return 2_400
  return n % 10 === 0 ? 240 : 24
}

interface Balance {
  ids: string
  partitions: number
  /** Share of the fullest and the emptiest partition in relation to an even share. */
  most: number
  least: number
  /** The same for readings. */
  mostReadings: number
  /** Largest share that a random spread of the devices exceeds in one of 1,000 installations. */
  expectedMost: number
}

function measureBalance(ids: string, partitions: number): Balance {
  const counts = new Float64Array(partitions)
  const readings = new Float64Array(partitions)
  const idOf = idSchemes[ids]
  if (!idOf) throw new RangeError(`no ids such as ${ids}`)
  let total = 0
  for (let n = 0; n < devices; n++) {
    const partition = partitionOf(idOf(n), partitions)
    const each = readingsPerDay(n)
    counts[partition] = (counts[partition] ?? 0) + 1
    readings[partition] = (readings[partition] ?? 0) + each
    total += each
  }
  const even = devices / partitions
  return {
    ids,
    partitions,
    most: Math.max(...counts) / even,
    least: Math.min(...counts) / even,
    mostReadings: Math.max(...readings) / (total / partitions),
    expectedMost: 1 + normalQuantileOfMaximum(partitions) * Math.sqrt((1 - 1 / partitions) / even),
  }
}

/** Return the standard deviations that the largest of so many normal values exceeds with a probability of 0.1 % (union bound). */
function normalQuantileOfMaximum(count: number): number {
  const tail = 0.001 / count
  // Upper tail of the normal distribution by its asymptotic expansion, solved by bisection.
  let [low, high] = [2, 8]
  for (let step = 0; step < 60; step++) {
    const z = (low + high) / 2
    const probability =
      (Math.exp((-z * z) / 2) / (z * Math.sqrt(2 * Math.PI))) * (1 - 1 / (z * z) + 3 / z ** 4)
    if (probability > tail) low = z
    else high = z
  }
  return low
}

function uuidOf(n: number): string {
  const hex = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f]
    .map((factor) => (Math.imul(n + 1, factor) >>> 0).toString(16).padStart(8, '0'))
    .join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}

const balances = Object.keys(idSchemes).flatMap((ids) =>
  partitionCounts.map((count) => measureBalance(ids, count)),
)
if (options.json) process.stdout.write(`${JSON.stringify(balances, null, 2)}\n`)
else {
  const table = {
    title: `${devices} devices: share of a partition in relation to an even share`,
    columns: ['ids', 'partitions', 'most devices', 'fewest', 'random: most (1 in 1,000)', 'most readings'],
    rows: balances.map((each) => [
      each.ids,
      each.partitions,
      each.most.toFixed(4),
      each.least.toFixed(4),
      each.expectedMost.toFixed(4),
      digits(each.mostReadings),
    ]),
  }
  process.stdout.write(`${formatTable(table)}\n`)
}
