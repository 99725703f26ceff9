import { isNode, parseDocument } from 'yaml'
import type { RuleText } from '../../contract/rule-version.ts'
import { formatDuration, parseDuration } from '../../lib/duration.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import type { StricterValues } from '../../rules/detectors/detector.ts'
import type { DetectorRegistry } from '../../rules/detectors/registry.ts'

type SettingValue = string | number

/** A setting of a rule with its present and a stricter value. */
export interface StricterSetting {
  /** Path in the rule file: `detect.forecast.confidence`. */
  setting: string
  from: SettingValue
  to: SettingValue
  /** Rule file with the stricter value, otherwise unchanged. */
  text: string
}

/**
 * Return stricter values of the settings in a rule file, a few steps for each, changed one at a time. The caller has to
 * check that the resulting rule is valid.
 */
export function enumerateStricterSettings(
  { text }: RuleText,
  detectors: DetectorRegistry,
): StricterSetting[] {
  const document = parseDocument(text)
  return locateSettings(document.toJS()?.detect, ['detect'], detectors).flatMap(
    ({ path, from, stricter }) => {
      const node = document.getIn(path, true)
      const [start, end] = (isNode(node) && node.range) || [0, 0]
      return valuesFor(from, stricter).map((to) => ({
        setting: path.join('.'),
        from,
        to,
        text: `${text.slice(0, start)}${to}${text.slice(end)}`,
      }))
    },
  )
}

interface SettingLocation {
  path: readonly (string | number)[]
  from: SettingValue
  stricter: StricterValues
}

/** Return the settings of a detector, and of the nested detectors of `all` and `any`. */
function locateSettings(
  detect: unknown,
  path: readonly (string | number)[],
  detectors: DetectorRegistry,
): SettingLocation[] {
  return Object.entries(asRecord(detect)).flatMap(([detector, value]) => {
    const { of, ...config } = asRecord(value)
    const below = [...path, detector]
    const parts: unknown[] = Array.isArray(of) ? of : []
    const own = Object.entries(detectors.stricterSettings(detector)).flatMap(
      ([key, stricter]): SettingLocation[] => {
        const from = config[key]
        const isValue = typeof from === 'number' || typeof from === 'string'
        return isValue ? [{ path: [...below, key], from, stricter }] : []
      },
    )
    return [
      ...own,
      ...parts.flatMap((part, index) => locateSettings(part, [...below, 'of', index], detectors)),
    ]
  })
}

/** Return a mapping, or an empty one for any other value. */
function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Return stricter values in the format of the present one; long durations in whole days. */
function valuesFor(from: SettingValue, stricter: StricterValues): SettingValue[] {
  if (typeof from === 'number') return stricter(from).filter((to) => to !== from)
  const ms = parseDuration(from)
  if (ms === undefined) return []
  const unit = ms > 3 * dayMs ? dayMs : hourMs
  const rounded = stricter(ms).map((to) => formatDuration(Math.max(1, Math.round(to / unit)) * unit))
  return rounded.filter((to) => to !== from)
}
