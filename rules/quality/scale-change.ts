import { dayMs, hourMs } from '../../lib/time.ts'
import type { SensorLimits } from './sensor-limits.ts'

/** Conversion that an update of the firmware applies by mistake, or the step to any other level at an update. */
interface Conversion {
  name: string
  apply(value: number): number
  invert(value: number): number
  /** How long the new level must last before it counts as real, ms; infinite where no part can change by so much. */
  proofMs: number
  /** Whether a lasting departure from the converted level shows that the level is real. */
  endsByDeparture: boolean
}

/** Suspected change of scale: values are withheld from the rules until it is resolved. */
export interface ScaleChange {
  /** Name of the conversion; `step` for a step to an unrelated level. */
  conversion: string
  /** Event time of the first value of the new level, ms. */
  since: number
  /** Number of values since then. */
  count: number
  /** For `step`: the new level. */
  level?: number
  /** Start of the uninterrupted values that are on neither scale, ms. */
  departedSince?: number
}

/** A part can lose half of its level, so this much time without a change of firmware is taken as proof. */
const halfProofMs = 30 * dayMs
/** A step to an unrelated level at a change of firmware may be real as well. */
const stepProofMs = 14 * dayMs
const temperatureProofMs = 14 * dayMs
const minProofCount = 3
/** How long values must be on neither scale before they count as real; a defrost is shorter. */
const minDepartureMs = 4 * hourMs
/** Number of accepted values that give the level. */
export const levelValues = 5
const minLevelValues = 3

const factor = (by: number, limits: Partial<Conversion> = {}): Conversion => ({
  name: by >= 1 ? `x${by}` : `x1/${Math.round(1 / by)}`,
  apply: (value) => value * by,
  invert: (value) => value / by,
  proofMs: Number.POSITIVE_INFINITY,
  endsByDeparture: false,
  ...limits,
})

const temperature = (name: string, apply: Conversion['apply'], invert: Conversion['invert']): Conversion => ({
  name,
  apply,
  invert,
  proofMs: temperatureProofMs,
  endsByDeparture: true,
})

/** Half percents, and doubled ones: the only factors that wear can produce. */
const byTwo = [2, 1 / 2].map((by) => factor(by, { proofMs: halfProofMs, endsByDeparture: true }))
/** Minutes and seconds, percent and fraction, kilo and milli, hours and seconds. */
const byUnit = [60, 100, 1000, 3600].flatMap((by) => [factor(by), factor(1 / by)])
const toFahrenheit = (celsius: number): number => celsius * 1.8 + 32
const toCelsius = (fahrenheit: number): number => (fahrenheit - 32) / 1.8
const ofTemperature = [
  temperature('Cel to [degF]', toFahrenheit, toCelsius),
  temperature('[degF] to Cel', toCelsius, toFahrenheit),
  factor(100),
  factor(1 / 100),
]
const byStep: Conversion = {
  name: 'step',
  apply: (value) => value,
  invert: (value) => value,
  proofMs: stepProofMs,
  endsByDeparture: true,
}

/** Units whose values have no ratio, because their zero is arbitrary or they are logarithms. */
const conversionsByUnit: Readonly<Record<string, readonly Conversion[]>> = { Cel: ofTemperature, dB: [] }
const defaultConversions = [...byUnit, ...byTwo]
const everyConversion = [...byTwo, ...byUnit, ...ofTemperature, byStep]

/** Return the conversion that leads from the level of a sensor to a value, by its name; undefined when there is none. */
export function findConversion(
  limits: SensorLimits,
  levels: readonly number[],
  value: number,
): string | undefined {
  if (levels.length < minLevelValues) return undefined
  // Most values are near the level, and end at the first of these.
  if (isNearAll(levels, value)) return undefined
  const level = medianOf(levels)
  if (Math.abs(value - level) <= 4 * spreadOf(levels)) return undefined
  const candidates = conversionsByUnit[limits.unit] ?? defaultConversions
  return candidates.find(
    (one) =>
      // By a factor of two, only what looks like wear is suspect: the other way may be a service.
      (!byTwo.includes(one) || getsWorse(limits, level, value)) && isAtConverted(one, levels, value),
  )?.name
}

/** Return whether a value is as near as four times the spread to each of the values, and so to their median. */
function isNearAll(levels: readonly number[], value: number): boolean {
  let least = levels[0] ?? value
  let most = least
  for (let index = 1; index < levels.length; index++) {
    const level = levels[index] ?? value
    if (level < least) least = level
    if (level > most) most = level
  }
  const near = 4 * (most - least)
  return value - least <= near && most - value <= near
}

function getsWorse({ worse }: SensorLimits, level: number, value: number): boolean {
  return worse === undefined || (worse === 'higher' ? value > level : value < level)
}

/** Return whether a value is where the sensor's level would be after the conversion. */
function isAtConverted(conversion: Conversion, levels: readonly number[], value: number): boolean {
  const level = medianOf(levels)
  const expected = conversion.apply(level)
  if (expected === 0 || level === 0 || expected === level) return false
  const noise = Math.abs(conversion.apply(level + spreadOf(levels)) - expected)
  const [least, most] = conversion.proofMs === halfProofMs ? [0.03, 0.06] : [0.05, 0.25]
  // Not for hundredths of a degree: near zero, real temperatures lie within one degree of them.
  const isOtherScale = ofTemperature.includes(conversion) && conversion.endsByDeparture
  if (isOtherScale) return Math.abs(value - expected) <= Math.min(2 * noise + 1, 5)
  return (
    Math.abs(value - expected) <=
    Math.min(most * Math.abs(expected), Math.max(least * Math.abs(expected), noise))
  )
}

export type ScaleDecision =
  /** The value is withheld; `levels` follow it, converted back. */
  | { is: 'withheld'; change: ScaleChange; levels: readonly number[] }
  /** The sensor is back on its old scale. */
  | { is: 'returned' }
  /** The new level has proved real. */
  | { is: 'real' }

/** Decide on a value while a change of scale is suspected. */
export function followScaleChange(
  change: ScaleChange,
  levels: readonly number[],
  [ts, value]: readonly [ts: number, value: number],
): ScaleDecision {
  const conversion = everyConversion.find(({ name }) => name === change.conversion) ?? byStep
  const expected = change.level ?? conversion.apply(medianOf(levels))
  if (isCloserToOld(medianOf(levels), expected, value)) return { is: 'returned' }
  const count = change.count + 1
  if (ts - change.since >= conversion.proofMs && count >= minProofCount) return { is: 'real' }
  const isNear =
    change.level === undefined
      ? isAtConverted(conversion, levels, value)
      : Math.abs(value - expected) <= 0.1 * Math.abs(expected)
  const { departedSince = ts, ...rest } = change
  if (isNear || !conversion.endsByDeparture) {
    const { departedSince: _, ...near } = change
    const followed = isNear && change.level === undefined
    return {
      is: 'withheld',
      change: { ...near, count },
      levels: followed ? [...levels, conversion.invert(value)].slice(-levelValues) : levels,
    }
  }
  if (change.departedSince !== undefined && ts - departedSince >= minDepartureMs) return { is: 'real' }
  return { is: 'withheld', change: { ...rest, count, departedSince }, levels }
}

/** By ratio where both levels are positive, else by distance. */
function isCloserToOld(old: number, converted: number, value: number): boolean {
  const distance = (one: number): number =>
    old > 0 && converted > 0 && value > 0 ? Math.abs(Math.log(value / one)) : Math.abs(value - one)
  return distance(old) < distance(converted)
}

/** The upper one of an even number. */
function medianOf(levels: readonly number[]): number {
  if (levels.length !== levelValues) return levels.toSorted((a, b) => a - b)[levels.length >> 1] ?? 0
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = levels
  // Of five: the median of the fifth, the greater of the lesser and the lesser of the greater ones of two pairs.
  const low = Math.max(Math.min(a, b), Math.min(c, d))
  const high = Math.min(Math.max(a, b), Math.max(c, d))
  return Math.max(Math.min(low, high), Math.min(Math.max(low, high), e))
}

function spreadOf(levels: readonly number[]): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const level of levels) {
    if (level < least) least = level
    if (level > most) most = level
  }
  return most - least
}
