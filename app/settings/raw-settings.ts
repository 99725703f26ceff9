/** Settings as written, nested by section. */
export type RawSettings = Record<string, unknown>

type Path = readonly PropertyKey[]

export function isMapping(value: unknown): value is RawSettings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function valueAt(values: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (isMapping(value) ? value[String(key)] : undefined), values)
}

/** Set one value. A value in the place of a section is kept, so that the validation reports it. */
export function setValue(values: RawSettings, [key, ...rest]: readonly string[], value: unknown): void {
  if (key === undefined) return
  if (rest.length === 0) {
    values[key] = value
    return
  }
  values[key] ??= {}
  const section = values[key]
  if (isMapping(section)) setValue(section, rest, value)
}

/** An entry without a value counts as absent. */
export function withoutNulls(value: unknown): unknown {
  if (!isMapping(value)) return value
  const entries = Object.entries(value).filter(([, child]) => child !== null)
  return Object.fromEntries(entries.map(([key, child]) => [key, withoutNulls(child)]))
}
