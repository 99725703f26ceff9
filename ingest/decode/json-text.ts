export const quote = 0x22
export const comma = 0x2c
const backslash = 0x5c
/** In ASCII, a bracket and its brace differ in this bit only. */
const braceBit = 0x20
const openBrace = 0x7b
const closeBrace = 0x7d

export const isOpening = (code: number) => (code | braceBit) === openBrace
export const isClosing = (code: number) => (code | braceBit) === closeBrace

/** @returns the place of the closing quote of the string that begins at `start`, or a place after the text without one */
export function endOfString(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && text.charCodeAt(end) !== quote)
    end += text.charCodeAt(end) === backslash ? 2 : 1
  return end
}
