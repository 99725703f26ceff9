/**
 * Tell whether an MQTT topic filter can match a topic of a given shape.
 * @param shape levels of the topic; `undefined` stands for any level
 */
export function filterMatches(filter: string, shape: readonly (string | undefined)[]): boolean {
  const levels = filter.split('/')
  for (const [at, level] of levels.entries()) {
    if (level === '#') return true
    if (at >= shape.length) return false
    const expected = shape[at]
    if (level !== '+' && expected !== undefined && level !== expected) return false
  }
  return levels.length === shape.length
}
