const quote = 0x22
const comma = 0x2c
const backslash = 0x5c
/** In ASCII, a bracket and its brace differ in this bit only. */
const braceBit = 0x20
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * Return the elements of a JSON array as text, exactly as sent: parsing and formatting them again would change numbers
 * that no double represents, and lose repeated keys.
 * @param text JSON that was parsed before, whose value is an array
 */
export function splitArrayText(text: string): string[] {
  const elements: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) i = endOfString(text, i)
    else if (isOpening(code)) {
      depth += 1
      if (depth === 1) start = i + 1
    } else if (isClosing(code)) depth -= 1
    const ends = (code === comma && depth === 1) || (isClosing(code) && depth === 0)
    if (!ends) continue
    elements.push(text.slice(start, i).trim())
    start = i + 1
  }
  return elements.filter((element) => element !== '')
}

const isOpening = (code: number) => (code | braceBit) === openBrace
const isClosing = (code: number) => (code | braceBit) === closeBrace

/** @returns the place of the closing quote of the string that begins at `start` */
function endOfString(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && text.charCodeAt(end) !== quote)
    end += text.charCodeAt(end) === backslash ? 2 : 1
  return end
}
