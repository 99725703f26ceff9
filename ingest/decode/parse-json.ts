import type { IngestLimits } from './ingest-limits.ts'
import type { Rejection } from './rejection.ts'

export type ParsedJson = { type: 'value'; value: unknown } | { type: 'rejected'; rejection: Rejection }

/** Parse a payload as JSON; reject one that is empty, nested too deeply or not JSON. */
export function parseJson(text: string, limits: IngestLimits): ParsedJson {
  if (text.trim() === '') return rejected('empty_payload', 'the payload is empty')
  if (nestingDepth(text) > limits.nestingDepth) {
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

const quote = 0x22
const backslash = 0x5c
/** In ASCII, a bracket and its brace differ in this bit only. */
const braceBit = 0x20
const openBrace = 0x7b
const closeBrace = 0x7d

/** Return the nesting depth of brackets outside strings; meaningless for text that is not JSON. */
function nestingDepth(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) inString = !inString
    else if (inString && code === backslash) i++
    else if (inString) continue
    else if ((code | braceBit) === openBrace) deepest = Math.max(deepest, ++depth)
    else if ((code | braceBit) === closeBrace) depth--
  }
  return deepest
}
