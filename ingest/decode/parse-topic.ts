/** Parsed topic; `unknown` for every topic that no client should publish to. */
export type ParsedTopic =
  | { type: 'telemetry'; device: string }
  | { type: 'state'; device: string }
  | { type: 'event'; device: string }
  | { type: 'receipt'; user: string; notice: string }
  | { type: 'unknown' }

// Ids become keys of stores and path segments, so they are short and contain no invisible characters.
export const idPattern = /^[^\s/+#\p{Cc}\p{Surrogate}]{1,128}$/u

/** @param prefix without a trailing slash, e.g. `pm/v1` */
export function parseTopic(prefix: string, topic: string): ParsedTopic {
  if (!topic.startsWith(`${prefix}/`)) return { type: 'unknown' }
  const [family, id, ...rest] = topic.slice(prefix.length + 1).split('/')
  if (id === undefined || !idPattern.test(id)) return { type: 'unknown' }
  if (family === 'devices') return parseDeviceTopic(id, rest)
  if (family === 'users') return parseUserTopic(id, rest)
  return { type: 'unknown' }
}

function parseDeviceTopic(device: string, rest: readonly string[]): ParsedTopic {
  const [leaf] = rest
  if (rest.length !== 1) return { type: 'unknown' }
  if (leaf === 'telemetry' || leaf === 'state' || leaf === 'event') return { type: leaf, device }
  return { type: 'unknown' }
}

function parseUserTopic(user: string, rest: readonly string[]): ParsedTopic {
  const [notices, notice, leaf] = rest
  const complete = rest.length === 3 && notices === 'notices' && leaf === 'receipt'
  if (!complete || notice === undefined || !idPattern.test(notice)) return { type: 'unknown' }
  return { type: 'receipt', user, notice }
}
