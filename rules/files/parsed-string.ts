import { z } from 'zod'

/** Create the schema of a text in a notation of this product. `message` describes the notation, with an example. */
export function parsedString<T>(parse: (text: string) => T | undefined, message: string) {
  return z.string(message).transform((text, context): T => {
    const value = parse(text)
    if (value !== undefined) return value
    context.issues.push({ code: 'custom', input: text, message: `"${text}" cannot be read; ${message}` })
    return z.NEVER
  })
}
