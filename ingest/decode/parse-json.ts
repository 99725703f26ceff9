import type { IngestLimits } from './ingest-limits.ts'
import { endOfString, isClosing, isOpening, quote } from './json-text.ts'
import type { Rejection } from './rejection.ts'

export type ParsedJson = { type: 'value'; value: unknown } | { type: 'rejected'; rejection: Rejection }

/** Parse a payload as JSON; reject one that is empty, nested too deeply or not JSON. */
export function parseJson(text: string, limits: IngestLimits): ParsedJson {
  if (text.trim() === '') return rejected('empty_payload', 'the payload is empty')
  if (hasMoreOpenings(text, limits.nestingDepth) && nestingDepth(text) > limits.nestingDepth) {
    return rejected(
      'nested_too_deep',
      `more than ${limits.nestingDepth} arrays and objects inside one another`,
    )
  }
  try {
    return { type: 'value', value: JSON.parse(text) }
  } catch (error) {
    return rejected('not_json', error instanceof Error ? error.message : String(error))
  }
}

function rejected(reason: Rejection['reason'], detail: string): ParsedJson {
  return { type: 'rejected', rejection: { reason, detail } }
}

/** Return whether a text has more brackets that open than so many: most have two, and need not be looked at in detail. */
function hasMoreOpenings(text: string, most: number): boolean {
  let count = 0
  for (const opening of ['{', '[']) {
    for (let at = text.indexOf(opening); at >= 0; at = text.indexOf(opening, at + 1)) {
      count += 1
      if (count > most) return true
    }
  }
  return false
}

/** Return the nesting depth of brackets outside strings; meaningless for text that is not JSON. */
function nestingDepth(text: string): number {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) i = endOfString(text, i)
    else if (isOpening(code)) deepest = Math.max(deepest, ++depth)
    else if (isClosing(code)) depth--
  }
  return deepest
}
