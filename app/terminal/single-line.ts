/** Return untrusted text, from devices or files, on one line without control characters. */
export function toSingleLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
