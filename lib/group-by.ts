/** Group values by a key, groups and values in the given order; values without a key are left out, and no group is empty. */
export function groupBy<T>(
  values: Iterable<T>,
  keyOf: (value: T) => string | undefined,
): Map<string, [T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>()
  for (const value of values) {
    const key = keyOf(value)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}
