import { comma, endOfString, isClosing, isOpening, quote } from './json-text.ts'

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
