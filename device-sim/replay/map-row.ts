import { unitConversions } from './conversions.ts'
import { type MetricSource, type ReplayMap, type SkipCondition, unitColumn, type ValueSource } from './map.ts'

/** A line of a recording: column → text. */
export type CsvRow = Readonly<Record<string, string>>

export interface RecordedReading {
  device: string
  model: string | undefined
  owner: string | undefined
  ts: number
  values: Record<string, number>
}

/** The result of a row: one outcome for each unit, or one for the row. */
export type RowOutcome =
  | { is: 'reading'; reading: RecordedReading }
  | { is: 'skipped' }
  | { is: 'unreadable'; reason: string }

/** Map a row to readings. @param now readings of later times are unreadable */
export function mapRow(row: CsvRow, map: ReplayMap, now: number): RowOutcome[] {
  if (map.skip.some((condition) => isSkipped(row, condition))) return [{ is: 'skipped' }]
  const ts = parseTime(row, map)
  if (!Number.isFinite(ts)) return [unreadable(`"${row[map.time.column]}" is no time`)]
  if (ts > now) return [unreadable(`${new Date(ts).toISOString()} is in the future`)]
  return resolveUnits(row, map).map(({ unit, column }) => {
    if (unit === '') return unreadable('it does not say whose it is')
    const values = readMetricValues(row, map, column)
    if (typeof values === 'string') return unreadable(values)
    const device = sanitizeTopicLevel(map.unit.prefix + unit)
    const owner = resolveValue(row, map.owner)
    return {
      is: 'reading',
      reading: {
        device,
        model: resolveValue(row, map.model),
        owner: owner && sanitizeTopicLevel(owner),
        ts,
        values,
      },
    }
  })
}

function unreadable(reason: string): RowOutcome {
  return { is: 'unreadable', reason }
}

function resolveUnits(row: CsvRow, { unit }: ReplayMap): { unit: string; column: string }[] {
  if (unit.columns === undefined) return [{ unit: unit.fixed ?? row[unit.column ?? ''] ?? '', column: '' }]
  return Object.entries(unit.columns).map(([column, name]) => ({ unit: name, column }))
}

/** Return every metric that the row has, or an error message. */
function readMetricValues(row: CsvRow, map: ReplayMap, own: string): Record<string, number> | string {
  const values: Record<string, number> = {}
  for (const [metric, source] of Object.entries(map.metrics)) {
    const column = source.column === unitColumn ? own : source.column
    const cell = row[column] ?? ''
    if (cell === '') continue
    const number = Number(cell)
    if (!Number.isFinite(number)) return `"${cell}" in column ${column} is no number`
    values[metric] = convert(number, source)
  }
  if (Object.keys(values).length > 0) return values
  return `no value for ${Object.keys(map.metrics).join(', ')}`
}

function convert(raw: number, { unit, percent_of, scale, offset }: MetricSource): number {
  const converted = unit === undefined ? raw : raw * unitConversions[unit]
  const value = (percent_of === undefined ? converted : (100 * converted) / percent_of) * scale + offset
  // A conversion may give 12.300000000000001 instead of 12.3.
  return Number(value.toPrecision(10))
}

function parseTime(row: CsvRow, { time }: ReplayMap): number {
  const cell = row[time.column] ?? ''
  if (cell === '') return Number.NaN
  switch (time.format) {
    case 'iso':
      return isoTime(cell)
    case 'epoch_s':
      return Math.round(Number(cell) * 1000)
    case 'epoch_ms':
      return Number(cell)
    case 'elapsed':
      return Math.round((time.start ?? Number.NaN) + Number(cell) * (time.one ?? Number.NaN))
  }
}

/** Parse a date, or a date with a time; without a zone it is UTC, whatever the time zone of this machine. */
function isoTime(cell: string): number {
  const text = cell.replace(' ', 'T')
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes('T')
  return Date.parse(zoned ? text : `${text}Z`)
}

function isSkipped(row: CsvRow, condition: SkipCondition): boolean {
  const cell = row[condition.column] ?? ''
  if (condition.empty) return cell === ''
  if (condition.in) return condition.in.some((value) => isSame(cell, value))
  if (condition.not_in) return !condition.not_in.some((value) => isSame(cell, value))
  if (cell === '') return false
  return Number(cell) < (condition.below ?? -Infinity) || Number(cell) > (condition.above ?? Infinity)
}

function isSame(cell: string, value: string | number): boolean {
  return typeof value === 'number' ? cell !== '' && Number(cell) === value : cell === value
}

function resolveValue(row: CsvRow, place: ValueSource | undefined): string | undefined {
  const value = place?.fixed ?? row[place?.column ?? '']
  return place === undefined || value === undefined || value === '' ? undefined : place.prefix + value
}

/** Replace characters with a meaning in topics: names of devices and owners become topic levels. */
function sanitizeTopicLevel(name: string): string {
  return name.replace(/[\s/+#]/g, '_')
}
