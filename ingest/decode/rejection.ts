/** Reasons for quarantine. */
const rejectionReasons = [
  'not_json',
  'empty_payload',
  'payload_too_large',
  'nested_too_deep',
  'too_many_readings',
  'wrong_type',
  'ts_missing',
  'ts_without_zone',
  'ts_in_seconds',
  'ts_in_microseconds',
  'ts_in_nanoseconds',
  'ts_is_uptime',
  'ts_clock_default',
  'ts_ancient',
  'ts_future',
  'not_finite',
  'unknown_metric',
  'out_of_range',
  'unknown_device',
  'retired_device',
  'unknown_component',
  'foreign_topic',
  'unknown_topic',
  'unknown_kind',
  'registration_closed',
  'too_many_devices',
] as const

export type RejectionReason = (typeof rejectionReasons)[number]

export interface Rejection {
  reason: RejectionReason
  /** What was found and what is allowed, as text. */
  detail: string
}

const maxExcerptCharacters = 2_000

/**
 * Return a device's text for people, cut to 2,000 characters. NUL and lone surrogates, which no database accepts
 * as text, become U+FFFD.
 */
export function textExcerpt(text: string): string {
  return text.slice(0, maxExcerptCharacters).replace(/[\0\p{Surrogate}]/gu, '\ufffd')
}

const maxValueCharacters = 120

/** Return a value as short text for a message. JSON cannot represent `1e999`, which is parsed as Infinity. */
export function valueExcerpt(value: unknown): string {
  const json: string | undefined = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? String(part) : part,
  )
  return textExcerpt((json ?? String(value)).slice(0, maxValueCharacters))
}
