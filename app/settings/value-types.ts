import { z } from 'zod'

export const path = z.string().min(1)
export const positiveInteger = z.int().min(1)
export const positiveIntegerAllowed = 'a whole number from 1'

export const url = (...protocols: string[]) => z.url({ protocol: new RegExp(`^(${protocols.join('|')})$`) })

/** URL without user and password, because messages show the whole URL. */
export const urlWithoutPassword = url('http', 'https').refine((text) => {
  const { username, password } = new URL(text)
  return username === '' && password === ''
})

/** A list of texts, or one text separated by commas ↔ array of texts. */
export const textList = (item: z.ZodString) =>
  z.codec(z.union([z.string(), z.array(item)]), z.array(item), {
    decode: (given) =>
      typeof given === 'string'
        ? given
            .split(',')
            .map((one) => one.trim())
            .filter(Boolean)
        : given,
    encode: (items) => items.join(','),
  })

export const pathList = textList(path)
export const nameList = textList(z.string().min(1))

export const durationAllowed = 'a duration such as 30s, 10m or 1h'

export const bytesAllowed = 'a size such as 512KiB, 2GiB or a number of bytes'
