import { unitConversions } from './conversions.ts'
import {
  isNamedFormat,
  type MetricSource,
  type ReplayMap,
  type SkipCondition,
  unitColumn,
  type ValueSource,
} from './map.ts'
import { type NumberStyle, type ParsedCell, parseNumber, parseRecordedTime } from './parse-cell.ts'

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
  if (map.skip.some((condition) => isSkipped(row, condition, map))) return [{ is: 'skipped' }]
  const time = parseTime(row, map)
  if (time.is === 'invalid') return [unreadable(`column ${map.time.column}: ${time.reason}`)]
  const ts = time.value
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
    const number = parseNumber(cell, map)
    if (number.is === 'invalid') return `column ${column}: ${number.reason}`
    values[metric] = convert(number.value, source)
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

function parseTime(row: CsvRow, map: ReplayMap): ParsedCell {
  const { column, format, zone, start = 0, one = 0 } = map.time
  const cell = row[column] ?? ''
  if (!isNamedFormat(format)) return parseRecordedTime(cell, { pattern: format, zone })
  if (format === 'iso') return parseRecordedTime(cell, { pattern: undefined, zone })
  const number = parseNumber(cell, map)
  if (number.is === 'invalid') return number
  const { value } = number
  switch (format) {
    case 'epoch_s':
      return { is: 'number', value: Math.round(value * 1_000) }
    case 'epoch_ms':
      return { is: 'number', value: Math.round(value) }
    case 'elapsed':
      return { is: 'number', value: Math.round(start + value * one) }
  }
}

function isSkipped(row: CsvRow, condition: SkipCondition, style: NumberStyle): boolean {
  const cell = row[condition.column] ?? ''
  if (condition.empty) return cell === ''
  const number = parseNumber(cell, style)
  const isSame = (value: string | number) =>
    typeof value === 'number' ? number.is === 'number' && number.value === value : cell === value
  if (condition.in) return condition.in.some(isSame)
  if (condition.not_in) return !condition.not_in.some(isSame)
  if (number.is === 'invalid') return false
  return number.value < (condition.below ?? -Infinity) || number.value > (condition.above ?? Infinity)
}

function resolveValue(row: CsvRow, place: ValueSource | undefined): string | undefined {
  const value = place?.fixed ?? row[place?.column ?? '']
  return place === undefined || value === undefined || value === '' ? undefined : place.prefix + value
}

/** Replace characters with a meaning in topics: names of devices and owners become topic levels. */
function sanitizeTopicLevel(name: string): string {
  return name.replace(/[\s/+#]/g, '_')
}
