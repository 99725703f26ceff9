import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { BacktestFigures } from '../backtest.ts'
import { digits } from '../measure/format-table.ts'
import type { Section } from '../section.ts'

const script = join(import.meta.dirname, '..', 'backtest.ts')
const size = { devices: 1_000, readings: 2_000_000 }

/** `bench/backtest.ts`, in a process of its own: it measures its CPU time and its heap. */
export const backtestSection: Section = {
  name: 'backtest',
  title: 'Backtest of stored history, phones',
  async run() {
    const args = [
      '--import',
      'tsx',
      script,
      '--json',
      `--devices=${size.devices}`,
      `--readings=${size.readings}`,
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const figures = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as BacktestFigures)
    const columns = [
      '',
      'readings',
      'readings/s',
      'CPU µs/reading',
      'readings/s per core',
      'peak MiB',
      'heap KiB/device',
      'tickets',
    ]
    const rows = figures.map((each) => [
      each.name,
      each.readings,
      digits(each.readings / each.seconds),
      digits(each.cpuUs),
      digits(1e6 / each.cpuUs),
      digits(each.peakBytes / 2 ** 20),
      digits(each.bytesPerDevice / 2 ** 10),
      each.tickets,
    ])
    return {
      tables: [{ title: `${size.devices} devices, four readings a day each`, columns, rows }],
      notes: ['readings/s per core: readings in a second of CPU time of all threads'],
      data: figures,
      failures: figures
        .filter(({ readings }) => readings < size.readings)
        .map(
          ({ name, readings }) => `backtest, ${name}: ${readings} of ${size.readings} readings were replayed`,
        ),
    }
  },
}
