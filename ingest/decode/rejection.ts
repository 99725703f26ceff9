/** Every reason for which something is put into quarantine instead of being stored. */
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
  /** In words: what was found and what is allowed. */
  detail: string
}

const maxExcerptCharacters = 2_000

/**
 * Text of a device for people to read, cut to 2,000 characters. NUL and lone surrogates, which no database takes
 * as text, become U+FFFD.
 */
export function textExcerpt(text: string): string {
  return text.slice(0, maxExcerptCharacters).replace(/[\0\p{Surrogate}]/gu, '\ufffd')
}

/** The start of a payload as quotable text, without decoding the rest of it. */
export function payloadExcerpt(payload: Buffer): string {
  const maxCharacterBytes = 4
  return textExcerpt(payload.toString('utf8', 0, maxExcerptCharacters * maxCharacterBytes))
}

/** A part of a payload as quotable text. JSON has no word for Infinity, which is what `1e999` is read as. */
export function valueExcerpt(value: unknown): string {
  const json = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? String(part) : part,
  )
  return textExcerpt(json)
}
