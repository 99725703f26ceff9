/** Reasons for quarantine. */
const rejectionReasons = [
  'not_json',
  'empty_payload',
  'payload_too_large',
  'nested_too_deep',
  'too_many_readings',
  'wrong_type',
  'ts_in_seconds',
  'ts_ancient',
  'ts_future',
  'not_finite',
  'unknown_metric',
  'out_of_range',
  'unknown_device',
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
