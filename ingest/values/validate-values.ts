import { didYouMean } from '../../lib/did-you-mean.ts'
import { type Rejection, valueExcerpt } from '../decode/rejection.ts'
import type { KindRules, MetricRule } from '../kind-catalog.ts'
import { rejectWaveform } from './validate-waveform.ts'

/** A value that cannot be stored. */
export interface RejectedValue {
  metric: string
  value: unknown
  rejection: Rejection
}

/** The values of one reading, each in one of the lists or counts. */
export interface ValidatedValues {
  accepted: Record<string, number>
  acceptedCount: number
  invalid: RejectedValue[]
  /** Values of metrics that the kind does not have. */
  unknown: { metric: string; value: unknown }[]
  /** Number of values of metrics that the kind ignores. */
  ignoredCount: number
}

const maxNameCharacters = 60

/** Check each value of a reading by itself. */
export function validateValues(values: Readonly<Record<string, unknown>>, rules: KindRules): ValidatedValues {
  const count = countPlainNumbers(values, rules)
  if (count !== undefined) {
    // Nearly every reading: all values are numbers in range, and are stored as they are.
    const accepted = values as Record<string, number>
    return { accepted, acceptedCount: count, invalid: [], unknown: [], ignoredCount: 0 }
  }
  const result: ValidatedValues = {
    accepted: {},
    acceptedCount: 0,
    invalid: [],
    unknown: [],
    ignoredCount: 0,
  }
  for (const [metric, value] of Object.entries(values)) {
    const rule = rules.metrics.get(metric)
    if (rule !== undefined) addKnown(result, { metric, value, rule })
    else if (rules.waveforms.has(metric)) addWaveform(result, { metric, value }, values, rules)
    else if (rules.isIgnored(metric)) result.ignoredCount += 1
    else result.unknown.push({ metric, value })
  }
  return result
}

/** Return the number of values; undefined unless each is a number in range. */
function countPlainNumbers(
  values: Readonly<Record<string, unknown>>,
  { metrics }: KindRules,
): number | undefined {
  let count = 0
  for (const metric in values) {
    const value = values[metric]
    const rule = metrics.get(metric)
    if (rule?.type !== 'number' || typeof value !== 'number' || !(value >= rule.min && value <= rule.max)) {
      return undefined
    }
    count += 1
  }
  return count
}

function addKnown(
  result: ValidatedValues,
  { metric, value, rule }: { metric: string; value: unknown; rule: MetricRule },
): void {
  const converted = convertValue(metric, value, rule)
  if (typeof converted === 'number') {
    result.accepted[metric] = converted
    result.acceptedCount += 1
  } else result.invalid.push({ metric, value, rejection: converted })
}

/** Add the metrics of a waveform, each in place of the value that the device could have sent of it. */
function addWaveform(
  result: ValidatedValues,
  { metric, value }: { metric: string; value: unknown },
  sent: Readonly<Record<string, unknown>>,
  { waveforms, metrics }: KindRules,
): void {
  const waveform = waveforms.get(metric)
  if (waveform === undefined) return
  const rejection = rejectWaveform(metric, value, waveform)
  if (rejection !== undefined) {
    result.invalid.push({ metric, value, rejection })
    return
  }
  for (const [computed, number] of Object.entries(waveform.compute(value as number[]))) {
    const rule = metrics.get(computed)
    if (rule !== undefined && !Object.hasOwn(sent, computed))
      addKnown(result, { metric: computed, value: number, rule })
  }
}

/** Return the number to store, or why there is none. */
function convertValue(metric: string, value: unknown, rule: MetricRule): number | Rejection {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { reason: 'not_finite', detail: `${metric} is ${value}` }
  }
  if (value === null) return wrongType(metric, value, 'leave it out where there is no value')
  switch (rule.type) {
    case 'number':
      return convertNumber(metric, value, rule)
    case 'boolean':
      if (typeof value === 'boolean') return value ? 1 : 0
      return value === 0 || value === 1 ? value : wrongType(metric, value, 'true or false is expected')
    case 'enum':
      return convertEnum(metric, value, rule.numbers)
  }
}

const decimal = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

function convertNumber(
  metric: string,
  value: unknown,
  { min, max, acceptsText }: Extract<MetricRule, { type: 'number' }>,
): number | Rejection {
  const isDecimalText = typeof value === 'string' && decimal.test(value.trim())
  const number = isDecimalText && acceptsText ? Number(value) : value
  if (typeof number !== 'number') {
    const fix = isDecimalText
      ? 'send a number without quotes, or set accepts_text for the metric in the kind'
      : 'a number is expected'
    return wrongType(metric, value, fix)
  }
  if (number >= min && number <= max) return number
  return { reason: 'out_of_range', detail: `${metric} is ${number}; ${min} to ${max} is allowed` }
}

function convertEnum(
  metric: string,
  value: unknown,
  numbers: ReadonlyMap<string, number>,
): number | Rejection {
  if (typeof value === 'number') {
    if ([...numbers.values()].includes(value)) return value
  } else if (typeof value !== 'string') return wrongType(metric, value, 'one of its values is expected')
  const number = typeof value === 'string' ? numbers.get(value) : undefined
  if (number !== undefined) return number
  const allowed = [...numbers].map(([name, stored]) => `${name} (${stored})`).join(', ')
  return { reason: 'out_of_range', detail: `${metric} is ${valueExcerpt(value)}; allowed: ${allowed}` }
}

function wrongType(metric: string, value: unknown, fix: string): Rejection {
  return { reason: 'wrong_type', detail: `${metric} is ${valueExcerpt(value)}; ${fix}` }
}

/** Return why the value of a metric that the kind does not have is not stored, with the name that may be meant. */
export function unknownMetric(metric: string, kind: string, { metrics, waveforms }: KindRules): Rejection {
  const meant = didYouMean(metric, [...metrics.keys(), ...waveforms.keys()])
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  return {
    reason: 'unknown_metric',
    detail: `${kind} has no metric ${metric.slice(0, maxNameCharacters)}${hint}`,
  }
}
