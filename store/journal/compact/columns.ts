import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

/** Decimal places that are tried for a column of values. */
const decimalFactors = [1, 10, 100, 1_000, 10_000] as const
/** In place of a decimal factor: every value is a double. */
const doublesOnly = 15
/** In place of a value: a double follows. */
const rawValue = 0
const maxScaled = 2 ** 50
const sampleSize = 8

/** Units of time that are tried for a column of times, ms. */
const timeUnits = [3_600_000, 60_000, 1_000, 1] as const

/** Sent values have few decimal places: then a value is the difference of two small whole numbers. */
export function writeValues(out: ByteWriter, numbers: readonly number[], from: number, step: number): void {
  const places = decimalPlacesOf(numbers, from, step)
  out.byte(places)
  let previous = 0
  for (let i = from; i < numbers.length; i += step) {
    const value = numbers[i] as number
    const scaled = places === doublesOnly ? undefined : scale(value, decimalFactors[places] as number)
    if (places === doublesOnly) out.double(value)
    else if (scaled === undefined) {
      out.unsigned(rawValue)
      out.double(value)
    } else {
      out.unsigned(1 + zigzag(scaled - previous))
      previous = scaled
    }
  }
}

export function readValues(input: ByteReader, into: number[], from: number, step: number): void {
  const places = input.byte()
  const factor = decimalFactors[places] ?? 1
  let scaled = 0
  for (let i = from; i < into.length; i += step) {
    const code = places === doublesOnly ? rawValue : input.unsigned()
    if (code === rawValue) into[i] = input.double()
    else {
      scaled += unzigzag(code - 1)
      into[i] = scaled / factor
    }
  }
}

/** Return the fewest decimal places that most of the numbers have, going by some of them. */
function decimalPlacesOf(numbers: readonly number[], from: number, step: number): number {
  const stride = step * Math.ceil(numbers.length / step / sampleSize)
  for (let places = 0; places < decimalFactors.length; places++) {
    const factor = decimalFactors[places] as number
    let [fitting, count] = [0, 0]
    for (let i = from; i < numbers.length; i += stride) {
      count += 1
      if (scale(numbers[i] as number, factor) !== undefined) fitting += 1
    }
    if (fitting >= 0.75 * count) return places
  }
  return doublesOnly
}

/** Return the whole number that gives this value again when divided by the factor; there is none for −0. */
export function scale(value: number, factor: number): number | undefined {
  const scaled = Math.round(value * factor)
  const isExact = scaled / factor === value && Math.abs(scaled) < maxScaled && !Object.is(scaled, -0)
  return isExact ? scaled : undefined
}

/** Whether the even elements of an array of numbers are times, ms, in their order. */
export function hasTimes(numbers: readonly number[]): boolean {
  let previous = 0
  for (let i = 0; i < numbers.length; i += 2) {
    const time = numbers[i] as number
    if (!Number.isInteger(time) || time < previous || time >= maxScaled || Object.is(time, -0)) return false
    previous = time
  }
  return true
}

/**
 * Times come at regular intervals: how an interval differs from the one before is a small number of some unit.
 * @param near a time near the first one, if any
 */
export function writeTimes(out: ByteWriter, numbers: readonly number[], near: number): void {
  const unit = timeUnitOf(numbers)
  out.byte(unit)
  const unitMs = timeUnits[unit] as number
  let [previous, interval] = [numbers[0] as number, 0]
  out.unsigned(zigzag(previous - near))
  for (let i = 2; i < numbers.length; i += 2) {
    const next = ((numbers[i] as number) - previous) / unitMs
    out.unsigned(zigzag(next - interval))
    previous = numbers[i] as number
    interval = next
  }
}

export function readTimes(input: ByteReader, into: number[], near: number): void {
  const unitMs = timeUnits[input.byte()] ?? 1
  let [time, interval] = [near + unzigzag(input.unsigned()), 0]
  into[0] = time
  for (let i = 2; i < into.length; i += 2) {
    interval += unzigzag(input.unsigned())
    time += interval * unitMs
    into[i] = time
  }
}

function timeUnitOf(numbers: readonly number[]): number {
  return timeUnits.findIndex((unitMs) => {
    for (let i = 2; i < numbers.length; i += 2)
      if (((numbers[i] as number) - (numbers[i - 2] as number)) % unitMs !== 0) return false
    return true
  })
}

/** Small numbers of either sign become small numbers from 0 on. */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

export function unzigzag(code: number): number {
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2
}
