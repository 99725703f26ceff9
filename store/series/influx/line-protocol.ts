import type { Reading } from '../../../contract/reading.ts'
import type { StoredPosition } from '../../journal/history/locate-position.ts'
import { type SeriesResolution, seriesFormat } from '../series.ts'
import { encodeName } from './tag-encoding.ts'

/** Names of the measurements. */
export const measurements = {
  values: 'readings',
  hours: 'readings_1h',
  days: 'readings_1d',
  cursors: 'forewarn_cursors',
  finalized: 'forewarn_closed',
  format: 'forewarn_format',
} as const

/** Rollup of an hour or a day of a metric of a device. */
export interface Rollup {
  device: string
  metric: string
  ts: number
  min: number
  max: number
  sum: number
  count: number
}

/** Return the readings in line protocol: one line for each (device, metric, ts), with the last value of duplicates. */
export function valueLines(readings: readonly Reading[]): string[] {
  const metrics = new Map<string, string>()
  const lines = new Map<string, string>()
  for (const { device, ts, values } of readings) {
    const name = encodeName(device)
    for (const [metric, value] of Object.entries(values)) {
      const encoded = metrics.get(metric) ?? encodeName(metric)
      metrics.set(metric, encoded)
      const series = `${measurements.values},device=${name},metric=${encoded}`
      lines.set(`${series} ${ts}`, `${series} value=${value} ${ts}`)
    }
  }
  return [...lines.values()]
}

export function rollupLine(level: Exclude<SeriesResolution, 'values'>, rollup: Rollup): string {
  const { device, metric, ts, min, max, sum, count } = rollup
  const fields = `min=${min},max=${max},sum=${sum},count=${count}i`
  return `${measurements[level]},device=${encodeName(device)},metric=${encodeName(metric)} ${fields} ${ts}`
}

/** Fixed timestamp of singleton points. */
const singletonTimestamp = 0

export interface PartitionCursor extends StoredPosition {
  partition: number
  rolledUpTo: number | undefined
}

/** The text of a history contains no character that line protocol would have to escape. */
export function cursorLine({ partition, cursor, history, rolledUpTo }: PartitionCursor): string {
  const rolled = rolledUpTo === undefined ? '' : `,rolled_up_to=${rolledUpTo}i`
  const fields = `offset=${cursor}i,history="${history}"${rolled}`
  return `${measurements.cursors},partition=${partition} ${fields} ${singletonTimestamp}`
}

export function formatLine(): string {
  return `${measurements.format} version=${seriesFormat}i ${singletonTimestamp}`
}

export function finalizedLine(before: number): string {
  return `${measurements.finalized} before=${before}i ${singletonTimestamp}`
}
