import { isNode, parseDocument } from 'yaml'
import type { RuleText } from '../../contract/rule-version.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { parseDuration, showDuration } from '../../rules/files/duration.ts'

type Value = string | number

/** One setting of a rule's own, as it is and as it would be stricter. */
export interface StricterSetting {
  /** Where in the rule file: `detect.forecast.confidence`. */
  setting: string
  from: Value
  to: Value
  /** The rule file with it; the rest stays as it is. */
  text: string
}

/** Values that raise less than the present one, the nearest first. */
type Stricter = (value: number) => number[]

const times =
  (...factors: number[]): Stricter =>
  (value) =>
    factors.map((factor) => Number((value * factor).toPrecision(3)))
/** A limit moves by shares of itself; one at 0 does not say how much is much. */
const moved =
  (way: 1 | -1): Stricter =>
  (value) =>
    [0.025, 0.05, 0.1].map((share) => Number((value + way * share * Math.abs(value)).toPrecision(3)))
const surer: Stricter = (value) => [0.85, 0.9, 0.95].filter((confidence) => confidence > value)
const limits = { below: moved(-1), above: moved(1) }
const foresight = { confidence: surer, within: times(2 / 3, 1 / 2) }

/** Of each detector the settings that say how much is too much. Where a date or nothing does, there is none. */
const settings: Readonly<Record<string, Readonly<Record<string, Stricter>>>> = {
  threshold: { ...limits, in_a_row: (value) => [value + 1, value + 3] },
  forecast: { ...limits, ...foresight },
  trend: { ...limits, ...foresight },
  life: { ...limits, ...foresight },
  drop: { percent: times(1.1, 1.25, 1.5), ...foresight },
  drift: { least: times(1.25, 1.5, 2), shift: times(1.25, 1.5), limit: times(1.25, 1.5, 2) },
  cohort: { deviations: times(1.25, 1.5, 2) },
  silence: { intervals: times(1.5, 2, 3) },
  usage: { ahead: times(1 / 2, 0), within: times(1 / 2) },
}

/**
 * The settings that the rule file names, each made stricter in a few steps, one at a time. Whether the rule is in order
 * with it is for the caller to see.
 */
export function stricterSettings({ text }: RuleText): StricterSetting[] {
  const document = parseDocument(text)
  return placesOf(document.toJS()?.detect, ['detect']).flatMap(({ path, from, stricter }) => {
    const node = document.getIn(path, true)
    const [start, end] = (isNode(node) && node.range) || [0, 0]
    return valuesFor(from, stricter).map((to) => ({
      setting: path.join('.'),
      from,
      to,
      text: `${text.slice(0, start)}${to}${text.slice(end)}`,
    }))
  })
}

interface Place {
  path: readonly (string | number)[]
  from: Value
  stricter: Stricter
}

/** Those of the parts of `all` and `any` too. */
function placesOf(detect: unknown, path: readonly (string | number)[]): Place[] {
  return Object.entries(plain(detect)).flatMap(([detector, value]) => {
    const { of, ...config } = plain(value)
    const below = [...path, detector]
    const parts: unknown[] = Array.isArray(of) ? of : []
    const own = Object.entries(settings[detector] ?? {}).flatMap(([key, stricter]): Place[] => {
      const from = config[key]
      const isValue = typeof from === 'number' || typeof from === 'string'
      return isValue ? [{ path: [...below, key], from, stricter }] : []
    })
    return [...own, ...parts.flatMap((part, index) => placesOf(part, [...below, 'of', index]))]
  })
}

/** What is no mapping has no settings. */
function plain(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Durations stay durations, in whole days where they are long. */
function valuesFor(from: Value, stricter: Stricter): Value[] {
  if (typeof from === 'number') return stricter(from).filter((to) => to !== from)
  const ms = parseDuration(from)
  if (ms === undefined) return []
  const unit = ms > 3 * dayMs ? dayMs : hourMs
  const rounded = stricter(ms).map((to) => showDuration(Math.max(1, Math.round(to / unit)) * unit))
  return rounded.filter((to) => to !== from)
}
