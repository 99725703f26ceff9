/** A text that others wrote, devices or files, on one line: nothing of it is to steer the terminal. */
export function toSingleLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
