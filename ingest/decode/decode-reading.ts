import type { Reading } from '../../contract/reading.ts'
import { parseTimestamp, type TimestampContext } from './parse-timestamp.ts'
import { type Rejection, valueExcerpt } from './rejection.ts'

/** A reading whose values are as the device sent them: they are checked against the device's kind later. */
export interface RawReading extends Omit<Reading, 'values'> {
  values: Record<string, unknown>
}

/** A field other than `ts` and `values` that is invalid; the reading is read as if it were absent. */
export interface InvalidField {
  field: 'boot' | 'seq' | 'hist'
  rejection: Rejection
}

export type DecodedReading =
  | { type: 'reading'; reading: RawReading; invalidFields?: InvalidField[] }
  /** `valueCount`: number of values that cannot be stored. */
  | { type: 'rejected'; rejection: Rejection; valueCount: number }

export interface ReadingContext extends TimestampContext {
  device: string
  /** Time of a reading without `ts`; null where it was not measured at its receipt. */
  receiptTime: number | null
}

const expectedShape =
  'it must be an object such as {"ts": 1760000000000, "values": {"battery_health_pct": 81.2}}'

/** Decode one reading from parsed JSON. */
export function decodeReading(input: unknown, context: ReadingContext): DecodedReading {
  if (!isObject(input)) return rejected(wrongType(`a reading is ${valueExcerpt(input)}; ${expectedShape}`))
  const { ts: time, values } = input
  if (!isObject(values)) {
    const found = values === undefined ? 'is missing' : `is ${valueExcerpt(values)}`
    return rejected(wrongType(`values ${found}; it must be an object of metrics and their values`))
  }
  const valueCount = Object.keys(values).length
  if (valueCount === 0) return rejected(wrongType('values holds no metric'))
  const isTimed = time !== undefined && time !== null
  const ts = isTimed ? parseTimestamp('ts', time, context) : timeOfReceipt(context)
  if (typeof ts !== 'number') return rejected(ts, valueCount)

  const reading: RawReading = { device: context.device, ts, values }
  if (!isTimed) reading.tsFrom = 'receipt'
  const invalidFields = readCounters(input, reading)
  return invalidFields.length === 0
    ? { type: 'reading', reading }
    : { type: 'reading', reading, invalidFields }
}

/** Copy `boot`, `seq` and `hist` to the reading. @returns those that are invalid, and left out */
function readCounters(input: Record<string, unknown>, reading: RawReading): InvalidField[] {
  const { boot, seq, hist } = input
  const invalid: InvalidField[] = []
  if (isCounter(boot)) reading.boot = boot
  else if (isPresent(boot)) invalid.push(invalidField('boot', boot, 'a whole number from 0'))
  if (isCounter(seq)) reading.seq = seq
  else if (isPresent(seq)) invalid.push(invalidField('seq', seq, 'a whole number from 0'))
  if (typeof hist === 'boolean') reading.hist = hist
  else if (hist === 0 || hist === 1) reading.hist = hist === 1
  else if (isPresent(hist)) invalid.push(invalidField('hist', hist, 'true or false'))
  return invalid
}

function invalidField(field: InvalidField['field'], value: unknown, allowed: string): InvalidField {
  const detail = `${field} is ${valueExcerpt(value)}, not ${allowed}; the reading is stored without it`
  return { field, rejection: wrongType(detail) }
}

function timeOfReceipt(context: ReadingContext): number | Rejection {
  if (context.receiptTime !== null) return parseTimestamp('ts', context.receiptTime, context)
  const detail =
    'only a single reading that is sent as it is measured may leave ts out; the time of this one is unknown'
  return { reason: 'ts_missing', detail }
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}

/** Encoders write null for what is absent. */
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isCounter(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function wrongType(detail: string): Rejection {
  return { reason: 'wrong_type', detail }
}

function rejected(rejection: Rejection, valueCount = 0): DecodedReading {
  return { type: 'rejected', rejection, valueCount }
}
