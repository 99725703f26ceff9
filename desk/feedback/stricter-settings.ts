import { isNode, parseDocument } from 'yaml'
import type { RuleText } from '../../contract/rule-version.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { formatDuration, parseDuration } from '../../rules/files/duration.ts'

type SettingValue = string | number

/** One setting of a rule's own, as it is and as it would be stricter. */
export interface StricterSetting {
  /** Where in the rule file: `detect.forecast.confidence`. */
  setting: string
  from: SettingValue
  to: SettingValue
  /** The rule file with it; the rest stays as it is. */
  text: string
}

/** Values that raise less than the present one, the nearest first. */
type StricterValues = (value: number) => number[]

const scaledBy =
  (...factors: number[]): StricterValues =>
  (value) =>
    factors.map((factor) => Number((value * factor).toPrecision(3)))
/** A limit moves by shares of itself; one at 0 does not say how much is much. */
const shiftedBy =
  (way: 1 | -1): StricterValues =>
  (value) =>
    [0.025, 0.05, 0.1].map((share) => Number((value + way * share * Math.abs(value)).toPrecision(3)))
const higherConfidence: StricterValues = (value) =>
  [0.85, 0.9, 0.95].filter((confidence) => confidence > value)
const limitSettings = { below: shiftedBy(-1), above: shiftedBy(1) }
const forecastSettings = { confidence: higherConfidence, within: scaledBy(2 / 3, 1 / 2) }

/** Of each detector the settings that say how much is too much. Where a date or nothing does, there is none. */
const tunableSettings: Readonly<Record<string, Readonly<Record<string, StricterValues>>>> = {
  threshold: { ...limitSettings, in_a_row: (value) => [value + 1, value + 3] },
  forecast: { ...limitSettings, ...forecastSettings },
  trend: { ...limitSettings, ...forecastSettings },
  life: { ...limitSettings, ...forecastSettings },
  drop: { percent: scaledBy(1.1, 1.25, 1.5), ...forecastSettings },
  drift: { least: scaledBy(1.25, 1.5, 2), shift: scaledBy(1.25, 1.5), limit: scaledBy(1.25, 1.5, 2) },
  cohort: { deviations: scaledBy(1.25, 1.5, 2) },
  silence: { intervals: scaledBy(1.5, 2, 3) },
  usage: { ahead: scaledBy(1 / 2, 0), within: scaledBy(1 / 2) },
}

/**
 * The settings that the rule file names, each made stricter in a few steps, one at a time. Whether the rule is in order
 * with it is for the caller to see.
 */
export function enumerateStricterSettings({ text }: RuleText): StricterSetting[] {
  const document = parseDocument(text)
  return locateSettings(document.toJS()?.detect, ['detect']).flatMap(({ path, from, stricter }) => {
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

interface SettingLocation {
  path: readonly (string | number)[]
  from: SettingValue
  stricter: StricterValues
}

/** Those of the parts of `all` and `any` too. */
function locateSettings(detect: unknown, path: readonly (string | number)[]): SettingLocation[] {
  return Object.entries(asRecord(detect)).flatMap(([detector, value]) => {
    const { of, ...config } = asRecord(value)
    const below = [...path, detector]
    const parts: unknown[] = Array.isArray(of) ? of : []
    const own = Object.entries(tunableSettings[detector] ?? {}).flatMap(
      ([key, stricter]): SettingLocation[] => {
        const from = config[key]
        const isValue = typeof from === 'number' || typeof from === 'string'
        return isValue ? [{ path: [...below, key], from, stricter }] : []
      },
    )
    return [...own, ...parts.flatMap((part, index) => locateSettings(part, [...below, 'of', index]))]
  })
}

/** What is no mapping has no settings. */
function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Durations stay durations, in whole days where they are long. */
function valuesFor(from: SettingValue, stricter: StricterValues): SettingValue[] {
  if (typeof from === 'number') return stricter(from).filter((to) => to !== from)
  const ms = parseDuration(from)
  if (ms === undefined) return []
  const unit = ms > 3 * dayMs ? dayMs : hourMs
  const rounded = stricter(ms).map((to) => formatDuration(Math.max(1, Math.round(to / unit)) * unit))
  return rounded.filter((to) => to !== from)
}
